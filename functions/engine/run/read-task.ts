import type { FieldPath } from '../../../contract/streams.ts';
import { hasCode } from '../errors.ts';
import { KeyTable } from '../partition/key-table.ts';
import type { LogicalClock, Walk } from '../partition/logical-clock.ts';
import type { Writers } from '../partition/writers.ts';
import { DAY_MS, halves } from '../plan/window.ts';
import type { Ports } from '../ports.ts';
import type { Identity } from '../rows/identify.ts';
import { utcDate } from '../rows/instant.ts';
import type { Dialect, Row } from '../source.ts';
import { PageGuard } from './circle-guard.ts';
import type { TaskState } from './ledger.ts';
import { readPages, type TimedReading } from './paging.ts';
import type { Tally } from './tally.ts';

/** How far the vendor's clock and this machine's may be apart and both count as right. */
const VENDOR_SKEW_MS = 5 * 60_000;
/** How often a walk is begun again when the vendor refuses its own cursor, and after how often two shorter ones are tried. */
const CURSOR_RESTARTS = 3;
const CURSOR_RESTARTS_WHOLE = 1;

/** What reading a task needs. */
export interface ReadingContext {
  /** For messages. */
  readonly stream: string;
  readonly ports: Pick<Ports, 'fetchPage' | 'observe' | 'signal' | 'traffic'>;
  readonly dialect: Dialect;
  readonly fields: readonly FieldPath[];
  readonly identify: (row: Row) => Identity;
  readonly logicalClock: LogicalClock;
  readonly writers: Writers;
  readonly tally: Tally;
  /** True when the run must stop reading now. */
  readonly outOfTime: () => boolean;
  /** Called after each page: the moment for commits that cannot wait for the end of the walk. */
  readonly afterPage: (state: TaskState) => Promise<void>;
}

/**
 * How a walk over a task ended. `short`: it returned fewer rows than the vendor said there were, or as many as it may count;
 * `too long`: the vendor's cursors do not live as long as it takes.
 */
export type ReadEnd = 'read' | 'short' | 'too long' | 'cut';

/**
 * Reads one task from its first request to its end, or until the run is out of time. A cursor that the vendor refuses starts the
 * walk again, a bounded number of times.
 * @throws ConvlakeError `cursor-refused` for a window that cannot be cut in two
 */
export async function readTask(state: TaskState, context: ReadingContext): Promise<ReadEnd> {
  for (let restart = 0; ; restart++) {
    try {
      return await walkOnce(state, context);
    } catch (error) {
      if (!hasCode(error, 'cursor-refused')) throw error;
      context.tally.refusedMs = Math.min(context.tally.refusedMs, state.task.to - state.task.from);
      if (restart >= CURSOR_RESTARTS_WHOLE && halves(state.task)) return 'too long';
      if (restart >= CURSOR_RESTARTS) throw error;
      context.ports.observe({ event: 'windows-added', windows: 1, reason: 'cursor-refused' });
    }
  }
}

async function walkOnce(state: TaskState, context: ReadingContext): Promise<ReadEnd> {
  const { stream, ports, dialect, fields, logicalClock, writers } = context;
  const { task } = state;
  // Tags first: whatever this walk reads of these days is then at least as new as what is there.
  await writers.prepare([undefined, ...daysAround(task.from, task.to)]);
  const walk: Walk = { began: logicalClock.tick(), span: task, undecided: false };
  state.walk = walk;
  state.tries++;
  state.readTo = Number.POSITIVE_INFINITY;
  let isFirst = true;
  const onRequest = () => logicalClock.request(walk);
  const counted = new Counted(dialect.totalCap);
  const guard = new PageGuard(stream);
  for await (const page of readPages(task, state.bookmark, {
    stream,
    dialect,
    fields,
    fetchPage: ports.fetchPage,
    signal: ports.signal,
    onRequest,
  })) {
    // By the first response: rows that come to be while the walk goes on may lie where it has been.
    if (isFirst) state.readTo = (ports.traffic().vendorNow ?? Number.POSITIVE_INFINITY) + VENDOR_SKEW_MS;
    isFirst = false;
    await takePage(page, state, walk, { counted, guard }, context);
    if (page.next && context.outOfTime()) return 'cut';
  }
  return counted.short ? 'short' : 'read';
}

async function takePage(
  page: TimedReading,
  state: TaskState,
  walk: Walk,
  { counted, guard }: { readonly counted: Counted; readonly guard: PageGuard },
  context: ReadingContext,
): Promise<void> {
  const rows = page.rows.map((row) => ({ row, identity: context.identify(row) }));
  guard.take(
    page,
    rows.map(({ identity }) => identity.key),
  );
  counted.take(page, rows);
  for (const [writer, mark] of await context.writers.add(rows, walk, page.readAt)) {
    state.uncommitted.set(writer, mark);
    state.touched.add(writer);
  }
  if (page.bookmark) state.bookmark = page.bookmark;
  context.tally.page(page, rows);
  context.ports.observe({ event: 'page', rows: rows.length, bytes: page.bytes });
  await context.writers.keepPace();
  await context.afterPage(state);
}

/** Counts a walk's distinct rows against the total that the vendor gave with the first page, if it did. */
class Counted {
  #total: number | undefined;
  readonly #totalCap: number | undefined;
  readonly #keys = new KeyTable();

  constructor(totalCap: number | undefined) {
    this.#totalCap = totalCap;
  }

  take({ total }: TimedReading, rows: readonly { readonly identity: Identity }[]): void {
    this.#total ??= total;
    if (this.#total === undefined) return;
    for (const { identity } of rows) if (this.#keys.find(identity.key) < 0) this.#keys.add(identity.key);
  }

  get short(): boolean {
    return this.#total !== undefined && (this.#keys.size < this.#total || this.#total === this.#totalCap);
  }
}

/** The dates of a span's last day and of its neighbours; windows lie in one day, a longer walk ends in its last. */
function daysAround(from: number, to: number): string[] {
  const last = Math.max(from, to - 1);
  return [last - DAY_MS, last, last + DAY_MS].map((at) => utcDate(at * 1000));
}
