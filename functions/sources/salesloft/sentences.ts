import { scalarText } from '../../engine/rows/row.ts';
import type { Dialect, DialectSettings, Page, PagedDetail, PageRequest } from '../../engine/source.ts';
import { detailRequest, notTheDetail } from '../detail.ts';
import { type Envelope, envelopeObject, ignored, objectAt, refuseNullRows, unexpected } from '../envelope.ts';
import { refuseToldError } from '../told-error.ts';
import { ROWS_UNDER, SAFE_CODES } from './check-response.ts';

/** The most that a page has. A client that asked for 1,000 got 100 sentences, and took them for the transcript. */
const PER_PAGE = 100;

/**
 * The sentences of a transcription, in the order in which the vendor returns them: it takes no sort. One detail holds all of them, so that
 * none stays that a new transcription does not have. Their number is never asked for: a client that counted pages by it, where it
 * is left out unless asked for, stopped after the first.
 */
export function sentences({ definition }: DialectSettings): PagedDetail {
  const { stream } = definition;
  const pages = (id: string): Dialect => ({
    rowsUnder: ROWS_UNDER,
    firstPage: () => pageRequest(detailRequest(definition, id), { number: 1, behindNothing: false }),
    readPage(request, page) {
      const asked = askedPage(request);
      const follows = hasNext({ stream, value: page.envelope }, asked, page.rows.length);
      refuseOthers(stream, id, page);
      const isEmpty = page.rows.length === 0;
      // Some lists name a next page behind their last one as well.
      const isEnd = !follows || (isEmpty && asked.behindNothing);
      const next = { number: asked.number + 1, behindNothing: isEmpty };
      return { rows: page.rows, next: isEnd ? undefined : pageRequest(request, next) };
    },
  });
  return { kind: 'pages', fields: [['id']], pages };
}

/** Which page a request asks for. */
interface AskedPage {
  readonly number: number;
  /** True where the page before it was empty. */
  readonly behindNothing: boolean;
}

function pageRequest(request: PageRequest, asked: AskedPage): PageRequest {
  const query = { per_page: String(PER_PAGE), page: String(asked.number) };
  return { ...request, query, state: `page ${asked.number}`, memory: asked };
}

function askedPage({ memory }: PageRequest): AskedPage {
  if (typeof memory === 'object' && memory !== null && 'behindNothing' in memory) return memory as AskedPage;
  throw new Error('this request was not made by the dialect of sentences');
}

/**
 * Whether a page follows, which `next_page` alone tells. What the vendor does not like of a request it puts right without a word: of
 * pages of another length, or of another number, sentences would be missing in silence.
 * @throws ConvlakeError `body-unexpected`, `filter-ignored`
 */
function hasNext(envelope: Envelope, { number }: AskedPage, rows: number): boolean {
  const fields = envelopeObject(envelope);
  refuseToldError(envelope, fields, rows, SAFE_CODES);
  const metadata = objectAt(envelope, 'metadata', fields['metadata']);
  const paging = objectAt(envelope, 'metadata.paging', metadata['paging']);
  const { per_page: perPage, current_page: currentPage, next_page: nextPage } = paging;
  if (perPage !== PER_PAGE) {
    throw ignored(envelope, `asked for per_page=${PER_PAGE}, but metadata.paging does not say so`);
  }
  if (currentPage !== number) throw ignored(envelope, `asked for page ${number}, but metadata.paging does not say so`);
  if (nextPage !== null && nextPage !== number + 1) {
    throw unexpected(envelope, 'metadata.paging.next_page', `null or ${number + 1}`, nextPage);
  }
  refuseNullRows(envelope, ROWS_UNDER, nextPage === null);
  return nextPage !== null;
}

/**
 * Refuses the sentences of another transcription: the `id` of every one is that of their transcription. Where they differ among
 * themselves they are something else, and prove nothing.
 */
function refuseOthers(stream: string, id: string, { rows }: Page): void {
  const ids = new Set(rows.map(({ tokens: [token] }) => scalarText(token)));
  const [only] = ids;
  if (ids.size === 1 && only !== undefined && only !== id) throw notTheDetail(stream, 'is that of another id');
}
