import { ConvlakeError } from '../../engine/errors.ts';
import { digest, digestText } from '../../engine/rows/identify.ts';
import type { Page, PageReading, PageRequest, Row } from '../../engine/source.ts';
import { unexpected } from '../envelope.ts';
import { bookmarkOf } from './bookmark.ts';
import { checkEcho, checkRows, type Paging } from './check-response.ts';
import { areSame, nothingSeen, type RowState, type RowStates, type Seen, stateIn, withRows } from './seen.ts';
import {
  askAgain,
  type KeyStep,
  keyStep,
  type NumberStep,
  nextNumber,
  requestOf,
  type Step,
  sortField,
  stepInto,
  stepOf,
  stepOut,
} from './step.ts';
import { earliestMicros, storedWithin, type Timestamp, timestampAt, tooLateMicros } from './timestamp.ts';

/** A row with what the walk must know of it. */
export interface SeenRow {
  readonly row: Row;
  readonly id: string;
  /** What the vendor says by which two states of the row are told apart. */
  readonly version: string;
  /** The instants of the walk's fields, in their order. */
  readonly instants: readonly (Timestamp | undefined)[];
}

/** How often page 1 may be empty before rows of page 2 until these are taken for all there is. */
const MAX_EMPTY_BEFORE_ROWS = 2;
/** Passes over one tie after which a list that does not come to rest is left to the next run. */
const MAX_PASSES = 10;
/** Page numbers up to here cost one point each; a page this far on that brings nothing and still promises more is not a list. */
const MAX_BARREN_PAGE = 100;

/** What a response holds and what to ask next. `look` reads a row's fields. */
export function readPage(request: PageRequest, page: Page, look: (row: Row) => SeenRow): PageReading {
  const step = stepOf(request);
  const envelope = { stream: step.walk.stream, value: page.envelope };
  const paging = checkEcho(envelope, step, page.rows.length);
  const rows = page.rows.map(look);
  checkRows(
    envelope,
    step,
    rows.map(({ instants }) => instants),
  );
  const full = isFull(rows, paging);
  const nothingBehind = isNothingBehind(step, rows, paging);
  const more = (paging.nextPage || full) && !nothingBehind;

  if (step.by === 'number') return readNumbered(step, rows, more, paging);
  if (paging.nextPage && nothingBehind) return reading(step, [], againOrStuck(step));
  if (more && rows.length > 0 && !rows.some(({ instants }) => instants[sortIndex(step)])) {
    throw unexpected(envelope, `${sortField(step)} of every row`, 'a time with an offset', undefined);
  }
  return readKeyed(step, rows, { more, full });
}

/** A page by key: the rows that are new, and on from the last of them. */
function readKeyed(
  step: KeyStep,
  rows: readonly SeenRow[],
  { more, full }: { more: boolean; full: boolean },
): PageReading {
  // A vendor that had returned nothing for a while: what it has now begins on page 1.
  const late = step.behindNothing && rows.length > 0 && step.round < MAX_EMPTY_BEFORE_ROWS;
  if (late) return reading(step, [], askAgain(step));
  const within = step.ties.length > 0 ? rows : beforeEnd(step, rows);
  const handedOver = changedSince((id) => step.seen.get(id), within);
  // A field that differs in every reading is not progress.
  const fresh = within.filter(({ id, version }) => step.seen.get(id)?.version !== version);
  const confirmed = step.round > 0 && step.page === 1 && !full && fresh.length === 0;
  if (!more || confirmed || within.length < rows.length) return reading(step, handedOver, stepOut(step));
  const index = sortIndex(step);
  const timed = within.flatMap(({ instants }) => instants[index] ?? []);
  const latest = timed.reduce<Timestamp | undefined>(later, undefined);
  if (!latest || (fresh.length === 0 && !full)) {
    const next = { ...step, behindNothing: rows.length === 0 };
    return reading(step, handedOver, byNumber(next, fresh.length === 0));
  }

  const tie = storedWithin(latest);
  // Rows of earlier pages that may come again are on this page too: it begins where they do.
  const again = within.filter(({ instants }) => isFrom(instants[index], tie.from));
  // A page with rows behind one that named it shows that that one was full, whatever length it echoed.
  if ((full || step.page > 1) && again.length >= timed.length) {
    return reading(step, handedOver, stepInto(step, tie, statesOf(again)));
  }
  if (step.bound && tie.from.micros <= step.bound.micros) {
    return reading(step, handedOver, byNumber({ ...step, seen: statesOf(within) }, false));
  }
  return reading(step, handedOver, keyStep(step.walk, step.ties, tie.from, statesOf(again)));
}

/** The one whose earliest instant is later: rows are sorted by the stored instant, which none of the page's last ones lies below. */
function later(a: Timestamp | undefined, b: Timestamp): Timestamp {
  return a && earliestMicros(a) >= earliestMicros(b) ? a : b;
}

function isFrom(instant: Timestamp | undefined, from: Timestamp): boolean {
  return instant !== undefined && tooLateMicros(instant) > from.micros;
}

/** The rows before the first one that lies past the span's end however it was rounded. */
function beforeEnd({ walk }: KeyStep, rows: readonly SeenRow[]): readonly SeenRow[] {
  const end = rows.findIndex(({ instants: [instant] }) => instant !== undefined && earliestMicros(instant) >= walk.to);
  return end < 0 ? rows : rows.slice(0, end);
}

/**
 * True for an empty page behind one that brought nothing new, though both name a next page: some lists name one behind their last
 * row as well (airbytehq/airbyte pull 81516). Unless the count, which is asked for, says that rows follow.
 */
function isNothingBehind(step: Step, rows: readonly SeenRow[], { perPage, totalCount }: Paging): boolean {
  if (rows.length > 0 || !step.barren) return false;
  return totalCount === undefined || totalCount <= (step.page - 1) * (perPage ?? step.walk.perPage);
}

/**
 * True when rows may follow although no next page is named. Where the vendor does not say how long a full page is, any page with rows
 * may be full, of rows that were seen as well; only an empty one shows the end.
 */
function isFull(rows: readonly SeenRow[], { perPage }: Paging): boolean {
  return perPage === undefined ? rows.length > 0 : rows.length >= perPage;
}

/** A page by number: on to the next page, the next pass, or out of a tie that has been read whole. */
function readNumbered(step: NumberStep, rows: readonly SeenRow[], more: boolean, paging: Paging): PageReading {
  const { before } = step;
  const handedOver = before ? changedSince((id) => stateIn(before, id), rows) : rows;
  const states = statesOf(rows);
  const count = paging.totalCount;
  const found = withRows(step.found, states);
  const sinceCount = withRows(count === step.count ? step.sinceCount : nothingSeen, states);
  if (more) return reading(step, handedOver, byNumber({ ...step, found, count, sinceCount }, rows.length === 0));

  if (before && isWhole({ found, before, count, sinceCount })) return reading(step, handedOver, stepOut(step));
  if (step.pass === MAX_PASSES) throw unsettled(step, found.count);
  const since = sinceCount.listed ? sinceCount : nothingSeen;
  const again = { page: 1, barren: false, pass: step.pass + 1, found: nothingSeen, before: found, count };
  return reading(step, handedOver, { ...step, ...again, sinceCount: since });
}

/**
 * One pass can miss rows: those behind a row that is updated meanwhile move up, and a database may order equal rows anew for
 * every page. So the tie is read when two passes in a row saw the same rows, no fewer than the vendor counts; or when as many
 * rows came as it has been counting all along: rows only leave a past instant, so an unchanged count means that none did.
 * A pass that began in an earlier run is known by its sum, and a row may have come in both parts of it: then those since the count
 * changed tell how many they are, as long as they are few enough to be listed.
 */
function isWhole({ found, before, count, sinceCount }: Passes): boolean {
  const counted = found.listed || !sinceCount.listed ? found.count : sinceCount.count;
  if (areSame(found, before) && counted >= (count ?? 0)) return true;
  return count !== undefined && sinceCount.listed !== undefined && sinceCount.count === count;
}

interface Passes extends Pick<NumberStep, 'found' | 'count' | 'sinceCount'> {
  readonly before: Seen;
}

function unsettled({ walk }: NumberStep, rows: number): ConvlakeError {
  return new ConvlakeError(
    'paging-stuck',
    'retry',
    `${walk.stream}: ${MAX_PASSES} passes over rows that share one instant, ${rows} in the last, did not come to agree; ` +
      'the rows change faster than they can be read, or come in another order each time. The next run tries again.',
  );
}

/** Rows may have come to page 1 while the pages behind it were tried: the walk ends with one that brings nothing new. */
function againOrStuck(step: KeyStep): KeyStep {
  if (step.round < MAX_PASSES) return askAgain(step);
  throw new ConvlakeError(
    'paging-stuck',
    'retry',
    `${step.walk.stream}: rows kept coming while the end of the list was looked for behind a next page that is always named. The next run tries again.`,
  );
}

/** Nothing to take a bound from, yet more is promised: only the page number leads on. */
function byNumber<S extends Step>(step: S, barren: boolean): S {
  if (barren && step.page >= MAX_BARREN_PAGE) {
    throw new ConvlakeError(
      'paging-stuck',
      'stop-stream',
      `${step.walk.stream}: page ${step.page} brings nothing new and still names a next page; see whether the vendor changed its paging.`,
    );
  }
  return nextNumber(step, barren);
}

function reading(step: Step, rows: readonly SeenRow[], next: Step | undefined): PageReading {
  return {
    rows: rows.map(({ row }) => row),
    next: next && requestOf(next),
    bookmark: next ? bookmarkOf(next) : { at: timestampAt(step.walk.to).text },
  };
}

/** The index of the sort field in a row's instants. */
function sortIndex(step: Step): number {
  return step.walk.fields.indexOf(sortField(step));
}

/**
 * Less the rows that were handed over in this very state; the same row in a later one is handed over again, be it of the same version:
 * what the vendor has shown must not be passed over.
 */
function changedSince(seen: (id: string) => RowState | undefined, rows: readonly SeenRow[]): readonly SeenRow[] {
  return rows.filter(({ id, version, row }) => {
    const before = seen(id);
    return before?.version !== version || before.content !== contentOf(row);
  });
}

function statesOf(rows: readonly SeenRow[]): RowStates {
  return new Map(rows.map(({ id, version, row }) => [id, { version, content: contentOf(row) }]));
}

function contentOf({ bytes }: Row): string {
  return digestText(digest(bytes));
}
