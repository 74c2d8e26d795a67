import { isoInstant } from '../../../contract/instant.ts';
import { ConvlakeError, hasCode } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { LogicalClock } from '../partition/logical-clock.ts';
import type { PartitionWriter } from '../partition/writer.ts';
import { Writers } from '../partition/writers.ts';
import type { Task } from '../plan/plan.ts';
import { DAY_MS, dayOf, halves } from '../plan/window.ts';
import type { Ports } from '../ports.ts';
import { identifier } from '../rows/identify.ts';
import { readRowOf } from '../rows/read-row.ts';
import { fieldsToRead } from '../rows/row.ts';
import type { StreamSettings } from '../settings.ts';
import type { Dialect } from '../source.ts';
import type { Ledger, TaskState } from './ledger.ts';
import { type ReadingContext, readTask } from './read-task.ts';
import { reserveMs } from './reserve.ts';
import type { Tally } from './tally.ts';

/** How often a window is read again because others committed meanwhile. */
const UNDECIDED_TRIES = 6;
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
  readonly #reading: ReadingContext;
  readonly #progressed: () => Promise<void>;
  readonly #reserveMs: number;
  #begun = 0;

  constructor({ ledger, tally, settings, dialect, ports, runId, progressed }: RunParts) {
    const { definition, tenant } = settings;
    const fields = fieldsToRead(definition);
    const identify = identifier(definition);
    const logicalClock = new LogicalClock();
    this.ledger = ledger;
    this.tally = tally;
    this.#settings = settings;
    this.#ports = ports;
    this.#progressed = progressed;
    this.#reserveMs = reserveMs(ports.clock.timeLeftMs());
    this.#writers = new Writers(definition, tenant, {
      ports: { ...ports, observe: (event) => this.#observe(event) },
      logicalClock,
      packs: new Set(),
      runId,
      versioned: definition.version !== undefined,
      identifyLine: (line, path) => identify(readRowOf(path, line, fields)),
    });
    this.#reading = {
      stream: definition.stream,
      ports,
      dialect,
      fields,
      identify,
      logicalClock,
      writers: this.#writers,
      tally,
      outOfTime: () => this.#outOfTime(),
      afterPage: (state) => this.#afterPage(state),
    };
  }

  /** Reads and commits. Resolves when all is done that can be done in this run; errors end up in `stop`. */
  async go(): Promise<void> {
    try {
      while (!this.stop && this.ledger.all.some(({ status }) => status === 'waiting')) {
        await Promise.all(Array.from({ length: this.#settings.concurrency }, () => this.#work()));
        if (!this.stop) await this.#guarded(() => this.#commitAll());
      }
      // What was read of windows that did not end is committed too: that never hurts.
      if (this.stop) await this.#guarded(() => this.#commitAll());
    } finally {
      await this.#writers.close();
    }
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
    if (this.#begun > 0 && this.#outOfTime()) {
      if (this.ledger.all.some(({ status }) => status === 'waiting')) this.#halt({ by: 'time' });
      return undefined;
    }
    const state = this.ledger.take();
    if (state) this.#begun++;
    return state;
  }

  async #readAndCommit(state: TaskState): Promise<void> {
    const { clock, random, observe } = this.#ports;
    if (state.tries > 0) await clock.sleep(random() * 500 * 2 ** state.tries, this.#ports.signal);
    const end = await readTask(state, this.#reading);
    if (end === 'cut') return this.#halt({ by: 'time' });
    const parts = end === 'short' || end === 'too long' ? halves(state.task) : undefined;
    if (parts) {
      this.ledger.split(state, parts);
      observe({ event: 'windows-added', windows: 1, reason: 'split' });
    } else if (end === 'read' && state.walk?.undecided && state.tries < UNDECIDED_TRIES) {
      // At once, now that all tags are taken: objects of days far off are committed at the end of the run, when it may be too late.
      this.#readAgain(state);
    } else {
      if (end === 'short') this.#fellShort(state.task);
      if (state.readTo < state.task.to) this.#cutAtVendorNow(state);
      state.status = 'read';
      this.tally.windows++;
      observe({ event: 'window-read', from: state.task.from, to: state.task.to, kind: state.task.kind });
    }
    await this.#commit(await this.#complete(state));
  }

  /** Names the first such window alone: where one falls short, all may, and windows are many when they are short. */
  #fellShort(task: Task): void {
    const named = !this.tally.reconciled;
    this.tally.reconciled = false;
    if (!named) this.#ports.observe({ event: 'warning', message: unreconciled(this.#settings, task) });
  }

  /** Only what is new moves the watermark; once is enough to say it. */
  #cutAtVendorNow({ task, readTo }: TaskState): void {
    if (task.kind !== 'new') return;
    this.ledger.dropFreshFrom(readTo);
    if (!this.tally.cutAtVendorNow)
      this.#ports.observe({ event: 'warning', message: cutShort(this.#settings, readTo) });
    this.tally.cutAtVendorNow = true;
  }

  async #afterPage(state: TaskState): Promise<void> {
    const due = await this.#writers.due();
    if (due.length === 0) return;
    if (this.#settings.definition.readBy === 'time') return this.#commit(due);
    // A walk by version has one bookmark for all partitions: it advances when all of them are committed.
    const { bookmark } = state;
    await this.#commit([...state.uncommitted.keys()]);
    if (bookmark && !state.walk?.undecided) state.committedBookmark = bookmark;
    await this.#progressed();
  }

  /** The writers whose own days have been read; of a walk by version, all of them, since it touches any day. */
  async #complete(state: TaskState): Promise<readonly PartitionWriter[]> {
    if (this.#settings.definition.readBy === 'version') return [...state.uncommitted.keys()];
    const days = new Set(this.ledger.all.map(({ task }) => dayOf(task.from)));
    const unread = new Set(this.ledger.all.filter(isUnread).map(({ task }) => dayOf(task.from)));
    const writers = await this.#writers.all();
    return writers.filter(({ dt }) => dt !== undefined && days.has(Date.parse(dt)) && !unread.has(Date.parse(dt)));
  }

  async #commitAll(): Promise<void> {
    const cut = this.ledger.all.filter(({ status, bookmark }) => status === 'cut' && bookmark);
    await this.#commit(await this.#writers.all());
    for (const state of cut) if (!state.walk?.undecided) state.committedBookmark = state.bookmark;
    await this.#progressed();
  }

  async #commit(writers: readonly PartitionWriter[]): Promise<void> {
    try {
      await inParallel(writers, COMMITS_AT_ONCE, (writer) => this.#writers.commit(writer));
    } finally {
      this.#settleTasks();
    }
    await this.#releaseDone();
    await this.#progressed();
  }

  /** Tasks that were read and whose rows are all committed are done, unless some could not be decided: then they are read again. */
  #settleTasks(): void {
    for (const state of this.ledger.all) {
      for (const [writer, mark] of state.uncommitted) {
        if (writer.committedMark >= mark) state.uncommitted.delete(writer);
      }
      if (state.status !== 'read' || state.uncommitted.size > 0) continue;
      if (!state.walk?.undecided) {
        state.status = 'committed';
        continue;
      }
      if (state.tries >= UNDECIDED_TRIES) this.#halt({ by: 'error', error: contended(this.#settings) });
      this.#readAgain(state);
    }
  }

  #readAgain(state: TaskState): void {
    state.status = 'waiting';
    state.bookmark = state.committedBookmark;
    this.#ports.observe({ event: 'windows-added', windows: 1, reason: 'undecided' });
  }

  /** A partition's index leaves memory once no task of its day or of the neighbouring ones is to come. */
  async #releaseDone(): Promise<void> {
    if (this.#settings.definition.readBy === 'version') return;
    const undone = this.ledger.all.filter(({ status }) => status !== 'committed');
    const busyDays = new Set(
      undone.flatMap(({ task }) => [dayOf(task.from) - DAY_MS, dayOf(task.from), dayOf(task.from) + DAY_MS]),
    );
    const held = new Set(undone.flatMap(({ touched }) => [...touched]));
    for (const writer of await this.#writers.all()) {
      const { dt, dirty, mark, committedMark } = writer;
      // Rows may have come since; a task waits for their commit, though they are not news to the object.
      const needed =
        dt === undefined || busyDays.has(Date.parse(dt)) || held.has(writer) || dirty || mark > committedMark;
      if (!needed) await this.#writers.release(writer);
    }
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (hasCode(error, 'vendor-wait')) this.#halt({ by: 'vendor' });
      else if (this.#ports.signal.aborted && hasCode(error, 'interrupted')) this.#halt({ by: 'caller' });
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

function isUnread({ status }: TaskState): boolean {
  return status === 'waiting' || status === 'reading' || status === 'cut';
}

function unreconciled({ definition, tenant }: StreamSettings, { from, to }: Task): string {
  const [begin, end] = [from, to].map(isoInstant);
  return `${definition.stream} of ${tenant}: the window from ${begin} to ${end} gave fewer rows than the vendor counts in it; what came is committed`;
}

function cutShort({ definition, tenant }: StreamSettings, readTo: number): string {
  return `${definition.stream} of ${tenant}: this machine's clock is ahead of the vendor's, whose responses say that it is not yet ${isoInstant(readTo)}: nothing later counts as read; see whether this clock is right`;
}

function contended({ definition, tenant }: StreamSettings): ConvlakeError {
  return new ConvlakeError(
    'commit-contended',
    'retry',
    `${definition.stream} of ${tenant}: other runs kept changing the rows of a window while it was read; nothing is lost, the next run reads it again`,
  );
}
