import { Buffer } from 'node:buffer';
import { ConvlakeError, hasCode } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { splitDetail } from '../rows/split-detail.ts';
import type { DetailDialect, DetailReading, PagedDetail, WholeDetail } from '../source.ts';
import { readPages } from '../walk/paging.ts';

/** A detail of more pages is not one: a list whose page numbers lead on for ever. */
const MOST_PAGES = 10_000;
const COMMA = Uint8Array.of(0x2c);

/** What fetching details needs. */
export interface FetchPorts extends Pick<Ports, 'fetchPage' | 'signal'> {
  /** For messages. */
  readonly stream: string;
  readonly dialect: DetailDialect;
}

/** A detail as it came. */
export interface Fetched {
  readonly reading: DetailReading;
  /** Of the bodies. */
  readonly bytes: number;
}

/** Fetches the detail of one id. @throws ConvlakeError as `Ports.fetchPage` and the dialect do */
export function fetchDetail(id: string, ports: FetchPorts): Promise<Fetched> {
  const { dialect } = ports;
  return dialect.kind === 'whole' ? fetchWhole(id, dialect, ports) : fetchPages(id, dialect, ports);
}

function fetchWhole(id: string, dialect: WholeDetail, { stream, fetchPage, signal }: FetchPorts): Promise<Fetched> {
  return fetchPage(dialect.request(id), signal, (body) => ({
    reading: dialect.read(id, split(body, dialect, stream)),
    bytes: body.length,
  }));
}

/** The splitter knows no stream; its error must name one all the same. */
function split(body: Uint8Array, { fields, under }: WholeDetail, stream: string) {
  try {
    return splitDetail(body, fields, under);
  } catch (error) {
    if (!hasCode(error, 'body-unexpected')) throw error;
    throw new ConvlakeError(error.code, error.recovery, `${stream}: ${error.message}`);
  }
}

/** The array of the rows of all pages: whole, or not at all. */
async function fetchPages(
  id: string,
  dialect: PagedDetail,
  { stream, fetchPage, signal }: FetchPorts,
): Promise<Fetched> {
  const walk = { stream, dialect: dialect.pages(id), fields: dialect.fields, fetchPage, signal, onRequest: () => 0 };
  const rows: Uint8Array[] = [];
  let bytes = 0;
  let pages = 0;
  for await (const page of readPages({ from: 0, to: 0 }, undefined, walk)) {
    if (++pages > MOST_PAGES) throw endless(stream);
    for (const row of page.rows) rows.push(...(rows.length > 0 ? [COMMA] : []), row.bytes);
    bytes += page.bytes;
  }
  const detail = Buffer.concat([Buffer.from('['), ...rows, Buffer.from(']')]);
  const empty = rows.length === 0;
  // No word of the vendor's tells a transcription that has no sentence yet from one that never gets any.
  return { reading: { bytes: detail, open: false, incomplete: empty, empty, erased: false }, bytes };
}

function endless(stream: string): ConvlakeError {
  const message = `${stream}: a detail of more than ${MOST_PAGES} pages; report it to the vendor`;
  return new ConvlakeError('paging-stuck', 'retry', message);
}
