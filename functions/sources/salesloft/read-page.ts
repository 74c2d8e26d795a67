import { ConvlakeError } from '../../engine/errors.ts';
import type { Page, PageReading, PageRequest, Row } from '../../engine/source.ts';
import { unexpected } from '../envelope.ts';
import { checkEcho, checkRows, type Paging } from './check-response.ts';
import {
  bookmarkOf,
  type Found,
  type KeyStep,
  keyStep,
  type NumberStep,
  requestOf,
  type Step,
  sortField,
  stepInto,
  stepOf,
  stepOut,
  type Versions,
} from './step.ts';
import { type Timestamp, timestampAt } from './timestamp.ts';

/** A row with what the walk must know of it. */
export interface SeenRow {
  readonly row: Row;
  readonly id: string;
  /** Tells two states of the row apart. */
  readonly version: string;
  /** The instants of the walk's fields, in their order. */
  readonly instants: readonly (Timestamp | undefined)[];
}

/** Passes over one tie after which a list that does not come to rest is left to the next run. */
const MAX_PASSES = 10;
/** Page numbers up to here cost one point each; an empty page this far on that still promises more is not a list. */
const MAX_EMPTY_PAGE = 100;

/** What a response holds and what to ask next. `look` reads a row's fields. */
export function readPage(request: PageRequest, page: Page, look: (row: Row) => SeenRow): PageReading {
  const step = stepOf(request);
  const envelope = { stream: step.walk.stream, value: page.envelope };
  const paging = checkEcho(envelope, step);
  const rows = page.rows.map(look);
  checkRows(
    envelope,
    step,
    rows.map(({ instants }) => instants),
  );
  const more = paging.nextPage || isFull(step, rows, paging);

  if (more && rows.length === 0) return emptyPage(step);
  if (step.by === 'number') return readNumbered(step, rows, more, paging);
  if (more && !rows.some(({ instants }) => instants[sortIndex(step)])) {
    throw unexpected(envelope, `${sortField(step)} of every row`, 'a time with an offset', undefined);
  }
  return readKeyed(step, rows, more);
}

/** A page by key: the rows that are new, and on from the last of them. */
function readKeyed(step: KeyStep, rows: readonly SeenRow[], more: boolean): PageReading {
  const within = step.ties.length > 0 ? rows : beforeEnd(step, rows);
  const handedOver = unseen(within, step.seen);
  const index = sortIndex(step);
  const timed = within.flatMap(({ instants }) => instants[index] ?? []);
  const [first, last] = [timed.at(0), timed.at(-1)];

  if (!more || within.length < rows.length || !first || !last) return reading(step, handedOver, stepOut(step));
  const atLast = versionsOf(within.filter(({ instants }) => instants[index]?.micros === last.micros));
  const next =
    first.micros === last.micros ? stepInto(step, last, atLast) : keyStep(step.walk, step.ties, last, atLast);
  return reading(step, handedOver, next);
}

/** The rows before the first one at or past the span's end. */
function beforeEnd({ walk }: KeyStep, rows: readonly SeenRow[]): readonly SeenRow[] {
  const end = rows.findIndex(({ instants: [instant] }) => instant !== undefined && instant.micros >= walk.to);
  return end < 0 ? rows : rows.slice(0, end);
}

/**
 * True when rows may follow although no next page is named. Where the vendor does not say how long a full page is, only a
 * page that brings nothing new shows the end.
 */
function isFull(step: Step, rows: readonly SeenRow[], { perPage }: Paging): boolean {
  if (perPage !== undefined) return rows.length >= perPage;
  return step.by === 'key' && step.bound ? unseen(rows, step.seen).length > 0 : rows.length > 0;
}

/** A page by number: on to the next page, the next pass, or out of a tie that has been read whole. */
function readNumbered(step: NumberStep, rows: readonly SeenRow[], more: boolean, paging: Paging): PageReading {
  const handedOver = unseen(rows, step.before);
  const versions = versionsOf(rows);
  const count = paging.totalCount;
  const found: Found = { versions, earlier: step.found };
  const sinceCount: Found = { versions, earlier: count === step.count ? step.sinceCount : undefined };
  if (more) return reading(step, handedOver, { ...step, page: step.page + 1, found, count, sinceCount });

  const whole = joined(found);
  if (step.pass > 1 && isWhole(step, whole, count, sinceCount)) return reading(step, handedOver, stepOut(step));
  if (step.pass === MAX_PASSES) throw unsettled(step, whole.size);
  const again = { page: 1, pass: step.pass + 1, found: undefined, before: whole, count, sinceCount };
  return reading(step, handedOver, { ...step, ...again });
}

/**
 * One pass can miss rows: those behind a row that is updated meanwhile move up, and a database may order equal rows anew for
 * every page. So the tie is read when two passes in a row saw the same rows, no fewer than the vendor counts; or when as many
 * rows came as it has been counting all along: rows only leave a past instant, so an unchanged count means that none did.
 */
function isWhole(step: NumberStep, whole: Versions, count: number | undefined, sinceCount: Found): boolean {
  if (sameIds(whole, step.before) && whole.size >= (count ?? 0)) return true;
  return count !== undefined && joined(sinceCount).size === count;
}

function unsettled({ walk }: NumberStep, rows: number): ConvlakeError {
  return new ConvlakeError(
    'paging-stuck',
    'retry',
    `${walk.stream}: ${MAX_PASSES} passes over rows that share one instant, ${rows} in the last, did not come to agree; ` +
      'the rows change faster than they can be read, or come in another order each time. The next run tries again.',
  );
}

/** Nothing to take a bound from, yet more is promised: only the page number leads on. */
function emptyPage(step: Step): PageReading {
  if (step.page >= MAX_EMPTY_PAGE) {
    throw new ConvlakeError(
      'paging-stuck',
      'stop-stream',
      `${step.walk.stream}: page ${step.page} is empty and still names a next page; see whether the vendor changed its paging.`,
    );
  }
  return reading(step, [], { ...step, page: step.page + 1 });
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

/** Less the rows that were handed over in this very state; the same row in a later state is handed over again. */
function unseen(rows: readonly SeenRow[], seen: Versions): readonly SeenRow[] {
  return rows.filter(({ id, version }) => seen.get(id) !== version);
}

function versionsOf(rows: readonly SeenRow[]): Versions {
  return new Map(rows.map(({ id, version }) => [id, version]));
}

function joined(last: Found): Versions {
  const whole = new Map<string, string>();
  for (let found: Found | undefined = last; found; found = found.earlier) {
    for (const [id, version] of found.versions) if (!whole.has(id)) whole.set(id, version);
  }
  return whole;
}

function sameIds(a: Versions, b: Versions): boolean {
  return a.size === b.size && [...a.keys()].every((id) => b.has(id));
}
