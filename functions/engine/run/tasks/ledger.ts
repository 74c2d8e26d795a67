import type { PartitionWriter } from '../../partition/writer.ts';
import { noTasks, type Task, type Tasks } from '../../plan/plan.ts';
import { DAY_MS, dayOf } from '../../plan/window.ts';
import type { Span } from '../../source.ts';
import { TaskList } from './task-list.ts';
import type { TaskState } from './task-state.ts';

/** All that a run is to read. */
interface AllTasks {
  readonly fresh: Tasks;
  readonly reread: Tasks;
  readonly revisits?: Tasks | undefined;
  readonly history?: Tasks | undefined;
}

/** The tasks of a run in order, and what has become of them. */
export class Ledger {
  readonly fresh: TaskList;
  readonly reread: TaskList;
  readonly revisits: TaskList;
  readonly history: TaskList;
  /** In the order of reading. */
  readonly #lists: readonly TaskList[];
  /** Those of this round. */
  #round: readonly TaskList[];
  #rereadBegun = false;
  /** How many tasks that are not committed took rows into each writer. */
  readonly #holds = new Map<PartitionWriter, number>();
  #freed = false;

  constructor({ fresh, reread, revisits, history }: AllTasks, readBy: 'time' | 'version') {
    this.fresh = new TaskList(fresh, readBy);
    this.reread = new TaskList(reread, readBy);
    this.revisits = new TaskList(revisits ?? noTasks('revisit', 0), 'time');
    this.history = new TaskList(history ?? noTasks('history', 0), 'time');
    this.#lists = [this.fresh, this.reread, this.revisits, this.history];
    this.#round = this.#lists.slice(0, 2);
  }

  /** True once a task of the re-read was begun. */
  get rereadBegun(): boolean {
    return this.#rereadBegun;
  }

  get isDone(): boolean {
    return this.#lists.every((list) => list.isDone);
  }

  /** True while tasks are being read that may touch any day. */
  get isWalking(): boolean {
    return [this.fresh, this.reread].some(({ walk, isDone }) => walk !== undefined && !isDone);
  }

  /** The kind of the first tasks in the order of reading that are not all committed. */
  get left(): Task['kind'] | undefined {
    return this.#lists.find((list) => !list.isDone)?.kind;
  }

  get hasWaiting(): boolean {
    return this.#lists.some((list) => list.hasWaiting);
  }

  /** The tasks that were begun, or are parts of such, and are not committed. */
  *open(): Generator<TaskState> {
    for (const list of this.#lists) yield* list.open;
  }

  /**
   * Begins a round, at whose end everything that was read is committed. Revisits have a round of their own, once all of the list that
   * readers wait for is committed, and so has the history after them: it may have years to go, and the vendor's budget is one.
   */
  beginRound(): void {
    const { fresh, reread, revisits, history } = this;
    const isLiveDone = fresh.isDone && reread.isDone;
    this.#round = [
      fresh,
      reread,
      ...(isLiveDone ? [revisits] : []),
      ...(isLiveDone && revisits.isDone ? [history] : []),
    ];
  }

  /** The next task to read in this round, marked as being read; what is new comes first. */
  take(): TaskState | undefined {
    const next = this.#round.find((list) => list.hasWaiting)?.take();
    if (!next) return undefined;
    next.status = 'reading';
    this.#rereadBegun ||= next.task.kind === 're-read';
    return next;
  }

  /** The task has been read. */
  read(state: TaskState): void {
    this.#listOf(state).read(state);
  }

  /** The task is to be read again. */
  again(state: TaskState): void {
    this.#listOf(state).again(state);
  }

  /** The task is done. */
  commit(state: TaskState): void {
    this.#listOf(state).commit(state);
    this.#free(state);
  }

  /** Puts two tasks in the place of one that is being read. */
  split(state: TaskState, halves: readonly [Span, Span]): void {
    const parts = this.#listOf(state).split(state, halves);
    for (const part of parts) for (const writer of state.touched) this.touch(part, writer);
    this.#free(state);
  }

  /** Drops what is new from there on and was not begun: the vendor cannot have it yet. */
  dropFreshFrom(at: number): void {
    this.fresh.dropFrom(at);
  }

  /** Notes that a writer took rows of the task in. */
  touch(state: TaskState, writer: PartitionWriter): void {
    if (state.touched.has(writer)) return;
    state.touched.add(writer);
    this.#holds.set(writer, (this.#holds.get(writer) ?? 0) + 1);
  }

  /** True while a task that took rows into the writer is not committed. */
  isHeld(writer: PartitionWriter): boolean {
    return this.#holds.has(writer);
  }

  /** True when a day is covered by tasks of this round, all of which have been read. */
  isDayRead(day: number): boolean {
    return this.#round.some((list) => list.covers(day)) && !this.#round.some((list) => list.isUnread(day));
  }

  /** True when a task of the day, or of a day beside it, has yet to be committed. */
  isNearUndone(day: number): boolean {
    return [day - DAY_MS, day, day + DAY_MS].some((at) => this.#lists.some((list) => list.isUndone(at)));
  }

  /** True once since the last call when a day has been done, or a writer is held no longer. */
  takeFreed(): boolean {
    const freed = this.#freed;
    this.#freed = false;
    return freed;
  }

  #free(state: TaskState): void {
    for (const writer of state.touched) {
      const holds = (this.#holds.get(writer) ?? 0) - 1;
      if (holds > 0) this.#holds.set(writer, holds);
      else this.#holds.delete(writer);
      this.#freed ||= holds <= 0;
    }
    this.#freed ||= !this.#listOf(state).isUndone(dayOf(state.task.from));
  }

  #listOf({ task }: TaskState): TaskList {
    const { fresh, reread, revisits, history } = this;
    return { new: fresh, 're-read': reread, revisit: revisits, history }[task.kind];
  }
}
