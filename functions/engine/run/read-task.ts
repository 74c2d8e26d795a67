import type { FieldPath } from '../../../contract/streams.ts';
import { DetailWalk, type Unfinished } from '../details/detail-walk.ts';
import type { Details } from '../details/details.ts';
import { ConvlakeError, hasCode } from '../errors.ts';
import type { LogicalClock, Walk } from '../partition/logical-clock.ts';
import type { Marks, Writers } from '../partition/writers.ts';
import { DAY_MS, halves } from '../plan/window.ts';
import type { Ports } from '../ports.ts';
import { utcDate } from '../rows/instant.ts';
import type { IdentifiedRow, RowEntry } from '../rows/oversized.ts';
import type { Dialect } from '../source.ts';
import { PageGuard } from '../walk/circle-guard.ts';
import { readPages, type TimedReading } from '../walk/paging.ts';
import { areAmong, Counted } from './counted.ts';
import type { Tally } from './tally.ts';
import type { Ledger } from './tasks/ledger.ts';
import type { TaskState } from './tasks/task-state.ts';

/** How far the vendor's clock and this machine's may be apart and both count as right. */
const VENDOR_SKEW_MS = 5 * 60_000;
/** How often a walk is begun again when the vendor refuses its own cursor, and after how often two shorter ones are tried. */
const CURSOR_RESTARTS = 3;
const CURSOR_RESTARTS_WHOLE = 1;
/** How often what is undecided is read again because others commit meanwhile: a window, or a walk by version from one bookmark on. */
export const UNDECIDED_TRIES = 6;

/** What reading a task needs. */
export interface ReadingContext {
  /** For messages. */
  readonly stream: string;
  readonly tenant: string;
  readonly ports: Pick<Ports, 'fetchPage' | 'observe' | 'signal' | 'traffic' | 'clock' | 'random'>;
  readonly dialect: Dialect;
  readonly fields: readonly FieldPath[];
  readonly entry: RowEntry;
  readonly logicalClock: LogicalClock;
  readonly ledger: Ledger;
  readonly writers: Writers;
  readonly tally: Tally;
  /** Of a detail stream: what is held and fetched of the rows that its lists name. */
  readonly details: Details | undefined;
  /** True when the run must stop reading now. */
  readonly outOfTime: () => boolean;
  /** Called after each page: the moment for commits that cannot wait for the end of the walk. */
  readonly afterPage: (state: TaskState) => Promise<void>;
}

/**
 * How a walk over a task ended. `short`: it returned fewer rows than the vendor said there were, or as many as it may count;
 * `doubled`: some with several pages, so that others may have been passed over; `too long`: the vendor's cursors do not live as long
 * as it takes; `refused`: details were, before any has come in this run.
 */
export type ReadEnd = 'read' | 'short' | 'doubled' | 'too long' | 'refused' | 'cut';

/**
 * Reads one task from its first request to its end, or until the run is out of time. A cursor that the vendor refuses starts the
 * walk again, a bounded number of times.
 * @throws ConvlakeError `cursor-refused` for a window that cannot be cut in two, `commit-contended` when others kept changing a page
 */
export async function readTask(state: TaskState, context: ReadingContext): Promise<ReadEnd> {
  state.tries++;
  for (let restart = 0; ; restart++) {
    try {
      return await walkUntilDecided(state, context);
    } catch (error) {
      if (!hasCode(error, 'cursor-refused')) throw error;
      context.tally.refusedMs = Math.min(context.tally.refusedMs, state.task.to - state.task.from);
      if (restart >= CURSOR_RESTARTS_WHOLE && halves(state.task)) return 'too long';
      if (restart >= CURSOR_RESTARTS) throw error;
      context.ports.observe({ event: 'windows-added', windows: 1, reason: 'cursor-refused' });
    }
  }
}

/**
 * Walks, and goes back to each page with undecided rows: by then the tags of their objects are taken, so that what a walk which begins
 * there returns is newer than what is in them.
 */
async function walkUntilDecided(state: TaskState, context: ReadingContext): Promise<ReadEnd> {
  const { stream, tenant, ports, logicalClock } = context;
  for (;;) {
    const end = await walkOnce(state, context);
    if (!state.pages?.isUndecided(logicalClock)) return end;
    // With time for one page only it is read again all the same, once: the next run would get no farther.
    const gained = state.pages.hasGained(logicalClock) || state.pages.wentBack;
    if (gained && context.outOfTime()) return 'cut';
    const times = state.pages.goBack(logicalClock);
    if (times >= UNDECIDED_TRIES) throw contended(stream, tenant);
    ports.observe({ event: 'windows-added', windows: 1, reason: 'undecided-page' });
    await waitForOthers(times, ports);
  }
}

/** Waits before something undecided is read again: not at first, since nobody else need be at work, and then the longer the oftener. */
export async function waitForOthers(
  times: number,
  { clock, random, signal }: Pick<Ports, 'clock' | 'random' | 'signal'>,
): Promise<void> {
  if (times > 1) await clock.sleep(random() * 500 * 2 ** times, signal);
}

/** Others kept committing to what a run reads. */
export function contended(stream: string, tenant: string): ConvlakeError {
  return new ConvlakeError(
    'commit-contended',
    'retry',
    `${stream} of ${tenant}: other runs kept changing the rows of a window while it was read; nothing is lost, the next run reads it again`,
  );
}

async function walkOnce(state: TaskState, context: ReadingContext): Promise<ReadEnd> {
  const { stream, ports, fields, logicalClock, writers } = context;
  const { task } = state;
  const dialect = (task.kind === 'history' && context.dialect.byTime) || context.dialect;
  // Tags first: whatever this walk reads of these days is then at least as new as what is there.
  await writers.prepare([undefined, ...daysAround(task.from, task.to)]);
  const walk = logicalClock.beginWalk();
  state.walk = walk;
  // What a walk by version goes on behind was read when it was first begun.
  if (!state.pages) state.readTo = Number.POSITIVE_INFINITY;
  if (task.kind === 'revisit') return revisit(state, walk, context);
  let isFirst = true;
  const onRequest = () => logicalClock.request(walk);
  const counted = new Counted(dialect.totalCap);
  const guard = new PageGuard(stream);
  const fetching = context.details && detailsOf(state, walk, context.details, context);
  try {
    for await (const page of readPages(task, state.pages?.next, {
      stream,
      dialect,
      fields,
      fetchPage: ports.fetchPage,
      signal: ports.signal,
      onRequest,
    })) {
      // By the first response: rows that come to be while the walk goes on may lie where it has been.
      if (isFirst) state.readTo = Math.min(state.readTo, (ports.traffic().vendorNow ?? Infinity) + VENDOR_SKEW_MS);
      isFirst = false;
      const unfinished = await takePage(page, state, walk, { counted, guard, fetching }, context);
      if (unfinished) return unfinished;
      if (state.pages?.isUndecided(logicalClock) || (page.next && context.outOfTime())) return 'cut';
    }
    // By time once the list is known, for no cursor is sure to outlive the fetching.
    const unfinished = state.pages ? undefined : await fetching?.fetchMissing();
    return unfinished ?? endOf(state, counted);
  } finally {
    await fetching?.close();
  }
}

/** Asks for the ids again whose turn it is. */
async function revisit(state: TaskState, walk: Walk, context: ReadingContext): Promise<ReadEnd> {
  const { details, logicalClock } = context;
  if (!details) return 'read';
  const fetching = detailsOf(state, walk, details, context);
  try {
    await fetching.put(details.again(state.task, logicalClock.request(walk)));
    return (await fetching.fetchMissing()) ?? 'read';
  } finally {
    await fetching.close();
  }
}

/**
 * Keys that came with several pages are looked at once more, in halves or, where there are none, by reading again: a list that moved
 * does not return the same ones twice again, and one that holds them twice does.
 */
function endOf(state: TaskState, counted: Counted): ReadEnd {
  const { completeness, doubled, repeated } = counted;
  const known = state.repeated !== undefined && areAmong(doubled, state.repeated);
  state.repeated = repeated;
  if (completeness === 'short') return 'short';
  if (completeness === 'doubled' && !known) return 'doubled';
  state.twice = completeness === 'doubled' || counted.hasTwins;
  return 'read';
}

/** What the pages of one walk are taken with. */
interface TakingPages {
  readonly counted: Counted;
  readonly guard: PageGuard;
  readonly fetching?: DetailWalk | undefined;
}

async function takePage(
  page: TimedReading,
  state: TaskState,
  walk: Walk,
  { counted, guard, fetching }: TakingPages,
  context: ReadingContext,
): Promise<Unfinished | undefined> {
  if (fetching) return takeListed(page, state, { counted, guard, fetching }, context);
  const rows = page.rows.map(context.entry.take);
  guard.take(
    page,
    rows.map(({ identity }) => identity.key),
  );
  counted.take(page.total, rows);
  noteMarks(await context.writers.add(rows, walk, page.readAt), state, context);
  await pageTaken(page, rows, state, context);
  return undefined;
}

/** A page of the list of a detail stream. A walk by version is past it once each of its ids has a line. */
async function takeListed(
  page: TimedReading,
  state: TaskState,
  { counted, guard, fetching }: TakingPages & { readonly fetching: DetailWalk },
  context: ReadingContext,
): Promise<Unfinished | undefined> {
  const rows = await fetching.list(page.rows, page.readAt);
  guard.take(
    page,
    rows.map(({ identity }) => identity.key),
  );
  counted.take(page.total, rows);
  const unfinished = state.pages && (await fetching.fetchMissing());
  if (unfinished) return unfinished;
  await pageTaken(page, rows, state, context);
  return undefined;
}

function detailsOf(state: TaskState, walk: Walk, details: Details, context: ReadingContext): DetailWalk {
  const hooks = {
    taken: (marks: Marks) => noteMarks(marks, state, context),
    afterDetail: () => context.afterPage(state),
    outOfTime: context.outOfTime,
  };
  return new DetailWalk(details, walk, hooks, state.task.kind === 'revisit' ? details.revisited : details.listed);
}

/** The task is done when these writers have committed so far. */
function noteMarks(marks: Marks, state: TaskState, { ledger }: ReadingContext): void {
  for (const [writer, mark] of marks) {
    state.uncommitted.set(writer, mark);
    ledger.touch(state, writer);
  }
}

/** A page is in: a walk by version is past it, and it may be time for commits. */
async function pageTaken(
  page: TimedReading,
  rows: readonly IdentifiedRow[],
  state: TaskState,
  { tally, ports, writers, afterPage }: ReadingContext,
): Promise<void> {
  if (page.bookmark) state.pages?.take(page.readAt, page.bookmark);
  tally.page(page, rows, state.task.kind);
  ports.observe({ event: 'page', rows: rows.length, bytes: page.bytes });
  await writers.keepPace();
  await afterPage(state);
}

/** The dates of a span's last day and of its neighbours; windows lie in one day, a longer walk ends in its last. */
function daysAround(from: number, to: number): string[] {
  const last = Math.max(from, to - 1);
  return [last - DAY_MS, last, last + DAY_MS].map((at) => utcDate(at * 1000));
}
