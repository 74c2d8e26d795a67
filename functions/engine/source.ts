import type { FieldPath, StreamDefinition } from '../../contract/streams.ts';

/** A half-open span `[from, to)` of the stream's filter field, in epoch milliseconds on whole seconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One JSON value as the vendor wrote it, with what the engine may know of it. */
export interface Row {
  /** The line: the vendor's bytes less CR and LF between tokens, without a line end. Usually a view on the page's body. */
  readonly bytes: Uint8Array;
  /**
   * The raw JSON token of each asked field, in the order asked; undefined where the row has no such field or is not an object.
   * Of a name that stands twice in an object the first counts, as it does for Athena's json_extract_scalar.
   */
  readonly tokens: readonly (string | undefined)[];
}

/** One request of a walk. The HTTP adapter adds origin, path and credential. */
export interface PageRequest {
  /** Query parameters as they are sent, in this order, not yet encoded. */
  readonly query: Readonly<Record<string, string>>;
  /** Parameters that are sent once for each value, behind those of `query`. */
  readonly lists?: Readonly<Record<string, readonly string[]>>;
  /** Under the base URL, in the place of the stream's own path: that of a detail. Percent-encoded already; one that could lead elsewhere is refused. */
  readonly path?: string;
  /**
   * The id of the one row whose detail is asked for. It is tried less often than a page of a list, since a window waits for it that can go on
   * without, and no message shows the id.
   */
  readonly about?: string;
  /** What tells this request from every other of its walk. Coming back to one means that the walk goes round in a circle. */
  readonly state: string;
  /** True when the request carries the vendor's page cursor, whose refusal starts the walk again instead of ending it. */
  readonly carriesCursor: boolean;
  /** Where a walk reads the same rows again on purpose: pages are compared with earlier ones of the same pass alone. */
  readonly pass?: string;
  /** What the dialect itself must remember until the response is there. */
  readonly memory?: unknown;
}

/** A fetched page, split into its rows and the rest. */
export interface Page {
  /** The body parsed, with an empty array where the rows were (a bare array's envelope is `[]`); null stays where it stood for them. */
  readonly envelope: unknown;
  readonly rows: readonly Row[];
}

/** Where a walk by version can be resumed: everything before it has been read. Plain JSON: it is kept in the checkpoint. */
export interface Bookmark {
  /** Every row whose filter field lies below it (the vendor's own text) has been read. */
  readonly at: string;
  /** How far an instant that many rows share has been read: the dialect's own texts, which it checks when it resumes. */
  readonly tied?: Readonly<Record<string, string>>;
}

/** What a page means. */
export interface PageReading {
  readonly rows: readonly Row[];
  /** Undefined only on the vendor's explicit sign of the end. */
  readonly next: PageRequest | undefined;
  /** How many rows the vendor says this walk holds, where it says so of the walk's own filters. */
  readonly total?: number;
  readonly bookmark?: Bookmark;
}

/** How one stream phrases requests and reads responses: facts and two pure functions. It makes no call itself. */
export interface Dialect {
  /** The names under which the body's top-level object may hold the rows array. A body that is an array itself is one of rows. */
  readonly rowsUnder: readonly string[];
  /** A `total` of exactly this many may be a count that stops there. */
  readonly totalCap?: number;
  /** Of a stream that is read by version: the same list by the rows' own time, which its history is read by. */
  readonly byTime?: Dialect;
  /** Of the list of a detail stream's parent: how the details of its rows are fetched. */
  readonly details?: DetailDialect;
  /**
   * The first request of a walk over the span; `bookmark` resumes a walk by version that was cut short.
   * @throws ConvlakeError `checkpoint-unreadable` for a bookmark that is not one of this dialect's
   */
  firstPage(span: Span, bookmark?: Bookmark): PageRequest;
  /**
   * @throws ConvlakeError `body-unexpected` for an envelope of another shape, `filter-ignored` when the response shows that
   * the vendor did not apply what was asked
   */
  readPage(request: PageRequest, page: Page): PageReading;
}

/** What a dialect is made from. */
export interface DialectSettings {
  readonly definition: StreamDefinition;
  readonly pageSize: number;
  /** `backfill` reads by the row's own time even where live runs read by version. */
  readonly purpose: 'live' | 'backfill';
  /** Ids that the configuration of the stream names, by the name of the setting; of sources that have such a setting. */
  readonly ids?: Readonly<Record<string, readonly string[]>>;
}

/** What a response's headers say of the budget that is left to the credential. */
export interface Budget {
  /** Requests or points left until the budget is full again. */
  readonly remaining: number;
  /** The whole budget of a period, where the vendor says so; else it is learnt. */
  readonly limit: number | undefined;
  /** When the budget is full again, epoch milliseconds. */
  readonly resetsAt: number;
  /** What the request has cost, where the vendor says so. */
  readonly cost?: number;
  /** The vendor's own number of the period, greater in each further one. Without it a period is told by its end. */
  readonly period?: number;
}

/** A detail as the vendor wrote it, and what the engine must know of it to say which of two stays. */
export interface DetailReading {
  /** The vendor's bytes less CR and LF between tokens. */
  readonly bytes: Uint8Array;
  /** The vendor says that it is not final. */
  readonly open: boolean;
  /** Final, but a part that comes later (an analysis) is not there yet. */
  readonly incomplete: boolean;
  /** It holds nothing of what the stream is for: a transcript without a turn. */
  readonly empty: boolean;
  /** The vendor says explicitly that it has removed what was there. */
  readonly erased: boolean;
}

/** One body that holds a detail. */
export interface DetailBody {
  /** The body parsed with null in the place of the detail; null where the body is the detail itself. */
  readonly envelope: unknown;
  /** The detail's bytes less CR and LF between tokens, and the raw tokens of the fields that were asked for. */
  readonly detail: Row;
}

/** How the details of one stream are asked for and read: facts and pure functions, like those of a dialect. */
export type DetailDialect = WholeDetail | PagedDetail;

/** A detail that one response holds. */
export interface WholeDetail {
  readonly kind: 'whole';
  /** What is read of a listed row beyond the fields that the catalogue names. */
  readonly listFields: readonly FieldPath[];
  /** The detail that a listed row itself carries, whose tokens are those of `listFields`; undefined where it has to be fetched. */
  inList?(row: Row): DetailReading | undefined;
  /** The name of the top-level object under which the body holds the detail; undefined where the body is the detail. */
  readonly under: string | undefined;
  /** What is read of the detail, in the order of its tokens. */
  readonly fields: readonly FieldPath[];
  /** The request for the detail of an id (the listed row's key as text). */
  request(id: string): PageRequest;
  /** @throws ConvlakeError `body-unexpected` for another shape, another id than was asked for, and an error told inside a 200 */
  read(id: string, body: DetailBody): DetailReading;
}

/** A detail that is the array of the rows of several pages, in their order. */
export interface PagedDetail {
  readonly kind: 'pages';
  /** What is read of each of the rows, in the order of their tokens. */
  readonly fields: readonly FieldPath[];
  /** The pages of the detail of an id, walked with an empty span. */
  pages(id: string): Dialect;
}

/** One vendor: everything about it that is not in the catalogue. */
export interface Source {
  dialect(settings: DialectSettings): Dialect;
  /** Of the vendor's detail streams; `dialect` then walks the list of the parent. */
  readonly details?: (settings: DialectSettings) => DetailDialect;
  /**
   * Reads the budget headers of a response received at `now` (epoch ms); undefined where there are none. Names are lower case. A
   * source without it names no budget anywhere, so that nothing has to be waited for before requests go out side by side.
   */
  readonly budget?: (headers: Readonly<Record<string, string>>, now: number) => Budget | undefined;
  /**
   * Whether the parsed body of a 429 says that too many requests are in flight at once, rather than too many in a span of time. A source
   * without it never says so.
   */
  readonly tooManyAtOnce?: (body: unknown) => boolean;
  /** The vendor's own message in a parsed error body; undefined where it has none. */
  errorMessage(body: unknown): string | undefined;
}
