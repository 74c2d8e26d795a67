import type { DetailSummary } from '../details/detail-counts.ts';
import type { RevisitBook } from '../details/revisits/revisit-book.ts';
import { hasCode, isInterruption } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import type { LogicalClock } from '../partition/logical-clock.ts';
import type { PartitionWriter } from '../partition/writer.ts';
import type { Writers } from '../partition/writers.ts';
import { dayOf, halves } from '../plan/window.ts';
import type { Ports } from '../ports.ts';
import type { StreamSettings } from '../settings.ts';
import type { Dialect } from '../source.ts';
import { openReading } from './open-reading.ts';
import { contended, type ReadEnd, type ReadingContext, readTask, UNDECIDED_TRIES, waitForOthers } from './read-task.ts';
import { reserveMs } from './reserve.ts';
import type { Tally } from './tally.ts';
import type { Ledger } from './tasks/ledger.ts';
import type { TaskState } from './tasks/task-state.ts';
import { TaskWarnings } from './tasks/task-warnings.ts';

/** How often a window that cannot be cut in two is read to tell keys that a list holds twice from a list that moved. */
const DOUBLED_TRIES = 3;
const COMMITS_AT_ONCE = 8;

/** Why a run read no further. */
export type Stop = { readonly by: 'time' | 'vendor' | 'caller' } | { readonly by: 'error'; readonly error: unknown };

/** What a run works with. */
export interface RunParts {
  /** The tasks to do, and how far each has got. */
  readonly ledger: Ledger;
  readonly tally: Tally;
  readonly settings: StreamSettings;
  readonly dialect: Dialect;
  readonly ports: Ports;
  readonly runId: string;
  /** Of a detail stream: what is to be asked for again. */
  readonly book?: RevisitBook | undefined;
  /** Told whenever more has become durable. */
  readonly progressed: () => Promise<void>;
}

/** One run over the tasks of a ledger: reads them, and commits what was read. */
export class Run {
  readonly ledger: Ledger;
  readonly tally: Tally;
  stop: Stop | undefined;
  readonly #settings: StreamSettings;
  readonly #ports: Ports;
  readonly #writers: Writers;
  readonly #logicalClock: LogicalClock;
  readonly #reading: ReadingContext;
  readonly #book: RevisitBook | undefined;
  readonly #progressed: () => Promise<void>;
  readonly #reserveMs: number;
  readonly #warnings: TaskWarnings;
  /** Tasks some of whose details were refused while none had come: whether others do has to show first. */
  #refused: TaskState[] = [];
  #begun = 0;

  constructor({ ledger, tally, settings, dialect, ports, runId, book, progressed }: RunParts) {
    this.#book = book;
    this.ledger = ledger;
    this.tally = tally;
    this.#settings = settings;
    this.#ports = ports;
    this.#progressed = progressed;
    this.#warnings = new TaskWarnings(settings, tally, ports.observe);
    this.#reserveMs = reserveMs(ports.clock.timeLeftMs());
    const parts = { ledger, tally, settings, dialect, runId, book };
    this.#reading = openReading({
      ...parts,
      ports: { ...ports, observe: (event) => this.#observe(event) },
      outOfTime: () => this.#outOfTime(),
      afterPage: (state) => this.#afterPage(state),
    });
    this.#writers = this.#reading.writers;
    this.#logicalClock = this.#reading.logicalClock;
  }

  /** Of a detail stream: what became of the rows that its lists named. */
  get details(): DetailSummary | undefined {
    return this.#reading.details?.counts.summary;
  }

  /** Reads and commits. Resolves when all is done that can be done in this run; errors end up in `stop`. */
  async go(): Promise<void> {
    try {
      while (!this.stop && this.ledger.hasWaiting) {
        this.ledger.beginRound();
        await Promise.all(Array.from({ length: this.#settings.concurrency }, () => this.#work()));
        if (!this.stop) await this.#guarded(() => this.#commitAll());
        this.#judgeRefused();
      }
      // What was read of windows that did not end is committed too: that never hurts.
      if (this.stop) await this.#guarded(() => this.#commitAll());
      // By now what stands for them is committed.
      const failed = this.#reading.details?.verdict();
      if (failed) this.#halt({ by: 'error', error: failed });
    } finally {
      await this.#writers.close();
    }
  }

  /** Where details of other tasks came, those that were refused are refused alone; else the credential is. */
  #judgeRefused(): void {
    if (this.stop) return;
    const error = this.#reading.details?.refusal;
    if (this.#refused.length > 0 && error) this.#halt({ by: 'error', error });
    else for (const state of this.#refused.splice(0)) this.ledger.again(state);
  }

  async #work(): Promise<void> {
    for (let state = this.#next(); state; state = this.#next()) {
      const task = state;
      await this.#guarded(() => this.#readAndCommit(task));
      if (task.status === 'reading') task.status = 'cut';
    }
  }

  #next(): TaskState | undefined {
    if (this.stop) return undefined;
    if (this.#begun > 0 && this.#outOfTime() && !this.#isRereadsTurn()) {
      if (this.ledger.hasWaiting) this.#halt({ by: 'time' });
      return undefined;
    }
    const state = this.ledger.take();
    if (state) this.#begun++;
    return state;
  }

  /** Every walk by version reads the lookback: where that fills a run, the re-read has a page of the time for committing. */
  #isRereadsTurn(): boolean {
    const { fresh, rereadBegun } = this.ledger;
    const ready = !this.stop && fresh.walk !== undefined && fresh.isDone && !rereadBegun;
    return ready && this.#ports.clock.timeLeftMs() > 0.75 * this.#reserveMs;
  }

  async #readAndCommit(state: TaskState): Promise<void> {
    await waitForOthers(state.undecided, this.#ports);
    const end = await readTask(state, this.#reading);
    if (end === 'cut') return this.#halt({ by: 'time' });
    if (end === 'refused') return void this.#refused.push(state);
    this.#takeEnd(state, end);
    const complete = await this.#complete(state);
    if (complete.length > 0) return this.#commit(complete);
    this.#settle(state);
    await this.#afterCommit();
  }

  #takeEnd(state: TaskState, end: Exclude<ReadEnd, 'cut' | 'refused'>): void {
    const { observe } = this.#ports;
    const parts = end === 'read' ? undefined : halves(state.task);
    if (parts) {
      this.ledger.split(state, parts);
      observe({ event: 'windows-added', windows: 1, reason: 'split' });
    } else if (end === 'doubled' && state.tries < DOUBLED_TRIES) {
      this.ledger.again(state);
      observe({ event: 'windows-added', windows: 1, reason: 'doubled' });
    } else if (end === 'read' && this.#isUndecided(state) && state.tries < UNDECIDED_TRIES) {
      // At once, now that all tags are taken: objects of days far off are committed at the end of the run, when it may be too late.
      this.#readAgain(state);
    } else {
      // What falls short and is too short to be cut in two counts as read, without a second try: where a count is wrong, all of them do.
      if (end !== 'read') this.#warnings.fellShort(state.task);
      else this.#warnings.heldTwice(state);
      if (state.readTo < state.task.to) this.#cutAtVendorNow(state);
      this.ledger.read(state);
      this.tally.windows++;
      observe({ event: 'window-read', from: state.task.from, to: state.task.to, kind: state.task.kind });
    }
  }

  /** Only what is new moves the watermark. */
  #cutAtVendorNow({ task, readTo }: TaskState): void {
    if (task.kind !== 'new') return;
    this.ledger.dropFreshFrom(readTo);
    this.#warnings.cutAtVendorNow(readTo);
  }

  async #afterPage(state: TaskState): Promise<void> {
    const due = await this.#writers.due();
    if (due.length === 0) return;
    if (!state.pages) return this.#commit(due);
    // A walk by version has one bookmark for all partitions: it advances when all of them are committed.
    await this.#commit([...state.uncommitted.keys()]);
    state.pages.keep(this.#logicalClock);
    await this.#progressed();
  }

  /**
   * The writers to commit once a task has been read: those that took its rows in and whose own days have been read, and that of its
   * own day; of a walk by version all that took rows in, since it touches any day.
   */
  async #complete(state: TaskState): Promise<readonly PartitionWriter[]> {
    const touched = [...state.uncommitted.keys()];
    if (state.pages) return touched;
    const day = dayOf(state.task.from);
    const own = this.ledger.isDayRead(day) ? await this.#writers.all() : [];
    const writers = new Set([...touched, ...own.filter(({ dt }) => dt !== undefined && Date.parse(dt) === day)]);
    return [...writers].filter(({ dt }) => dt !== undefined && this.ledger.isDayRead(Date.parse(dt)));
  }

  async #commitAll(): Promise<void> {
    await this.#commit(await this.#writers.all());
    for (const state of this.ledger.open()) if (state.status === 'cut') state.pages?.keep(this.#logicalClock);
    await this.#progressed();
  }

  async #commit(writers: readonly PartitionWriter[]): Promise<void> {
    try {
      await inParallel(writers, COMMITS_AT_ONCE, (writer) => this.#writers.commit(writer));
    } finally {
      // Also what no object was replaced for; and what may go now.
      await this.#book?.commit();
      for (const state of this.ledger.open()) this.#settle(state);
    }
    await this.#afterCommit();
  }

  async #afterCommit(): Promise<void> {
    if (this.ledger.takeFreed()) await this.#releaseDone();
    await this.#progressed();
  }

  /** A task that was read and whose rows are all committed is done, unless some could not be decided: then it is read again. */
  #settle(state: TaskState): void {
    for (const [writer, mark] of state.uncommitted) {
      if (writer.committedMark >= mark) state.uncommitted.delete(writer);
    }
    if (state.status !== 'read' || state.uncommitted.size > 0) return;
    state.pages?.keep(this.#logicalClock);
    if (this.#isUndecided(state)) {
      this.#readAgain(state);
    } else {
      this.ledger.commit(state);
      this.#logicalClock.forget(state.walk?.requests ?? []);
    }
  }

  #isUndecided({ pages, walk }: TaskState): boolean {
    return pages ? pages.isUndecided(this.#logicalClock) : walk?.undecided === true;
  }

  #readAgain(state: TaskState): void {
    // What was read counts as a window only once: one that was told of has to be told of again.
    const reason = state.status === 'read' ? 'undecided' : 'undecided-page';
    state.undecided = state.pages?.goBack(this.#logicalClock) ?? state.tries;
    if (state.undecided >= UNDECIDED_TRIES) {
      const { definition, tenant } = this.#settings;
      this.#halt({ by: 'error', error: contended(definition.stream, tenant) });
    }
    this.ledger.again(state);
    this.#ports.observe({ event: 'windows-added', windows: 1, reason });
  }

  /** A partition's index leaves memory once no task of its day or of the neighbouring ones is to come. */
  async #releaseDone(): Promise<void> {
    if (this.ledger.isWalking) return;
    for (const writer of await this.#writers.all()) {
      const { dt, dirty, mark, committedMark } = writer;
      const near = dt === undefined || this.ledger.isNearUndone(Date.parse(dt));
      // Rows may have come since; a task waits for their commit, though they are not news to the object.
      const needed = near || this.ledger.isHeld(writer) || dirty || mark > committedMark;
      if (!needed) await this.#writers.release(writer);
    }
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (hasCode(error, 'vendor-wait')) this.#halt({ by: 'vendor' });
      else if (isInterruption(error, this.#ports.signal)) this.#halt({ by: 'caller' });
      else this.#halt({ by: 'error', error });
    }
  }

  /** The first reason to stop is the one that counts, but an error outranks running out of time. */
  #halt(stop: Stop): void {
    if (!this.stop || (stop.by === 'error' && this.stop.by !== 'error')) this.stop = stop;
  }

  #outOfTime(): boolean {
    if (this.#ports.signal.aborted) this.#halt({ by: 'caller' });
    return this.stop !== undefined || this.#ports.clock.timeLeftMs() < this.#reserveMs;
  }

  #observe(event: Parameters<Ports['observe']>[0]): void {
    if (event.event === 'committed') this.tally.committed(event);
    this.#ports.observe(event);
  }
}
