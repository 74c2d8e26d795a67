import { type DetailStreamName, streamDefinition } from '../../../contract/streams.ts';
import { readRow } from '../../../functions/engine/rows/read-row.ts';
import { splitDetail } from '../../../functions/engine/rows/split-detail.ts';
import { splitPage } from '../../../functions/engine/rows/split-page.ts';
import type {
  DetailDialect,
  DetailReading,
  PagedDetail,
  PageReading,
  PageRequest,
  WholeDetail,
} from '../../../functions/engine/source.ts';
import { sources } from '../../../functions/sources/index.ts';

const bytesOf = (body: unknown) => new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));

/** How details of the stream are read, which one response holds. */
export function wholeDetail(stream: DetailStreamName): WholeDetail {
  const dialect = detailDialect(stream);
  if (dialect.kind !== 'whole') throw new Error(`details of ${stream} have pages`);
  return dialect;
}

/** How details of the stream are read, which several pages hold. */
export function pagedDetail(stream: DetailStreamName): PagedDetail {
  const dialect = detailDialect(stream);
  if (dialect.kind !== 'pages') throw new Error(`details of ${stream} have no pages`);
  return dialect;
}

/** A body (its text, or what it says) as the detail of an id. */
export function readDetail(dialect: WholeDetail, id: string, body: unknown): DetailReading {
  return dialect.read(id, splitDetail(bytesOf(body), dialect.fields, dialect.under));
}

/** A row of the list (its text, or what it says) as the detail that it may carry. */
export function readInList(dialect: WholeDetail, row: unknown): DetailReading | undefined {
  return dialect.inList?.(readRow(bytesOf(row), dialect.listFields));
}

/** A body as a page of the detail of an id, the first unless a request is given. */
export function readDetailPage(dialect: PagedDetail, id: string, body: unknown, request?: PageRequest): PageReading {
  const pages = dialect.pages(id);
  const page = splitPage(bytesOf(body), dialect.fields, pages.rowsUnder);
  return pages.readPage(request ?? pages.firstPage({ from: 0, to: 0 }), page);
}

function detailDialect(stream: DetailStreamName): DetailDialect {
  const definition = streamDefinition(stream);
  const { details } = sources[definition.source];
  if (!details) throw new Error(`${definition.source} has no details`);
  return details({ definition, pageSize: 100, purpose: 'live' });
}
