import type { PartitionWriter } from '../../partition/writer.ts';
import { noTasks, type Task, type Tasks } from '../../plan/plan.ts';
import { DAY_MS, dayOf } from '../../plan/window.ts';
import type { Span } from '../../source.ts';
import { TaskList } from './task-list.ts';
import type { TaskState } from './task-state.ts';

/** The tasks of a run in order, and what has become of them. */
export class Ledger {
  readonly fresh: TaskList;
  readonly reread: TaskList;
  readonly history: TaskList;
  /** In the order of reading. */
  readonly #lists: readonly TaskList[];
  #historyOpen = false;
  #rereadBegun = false;
  /** How many tasks that are not committed took rows into each writer. */
  readonly #holds = new Map<PartitionWriter, number>();
  #freed = false;

  constructor(fresh: Tasks, reread: Tasks, readBy: 'time' | 'version', history: Tasks = noTasks('history', 0)) {
    this.fresh = new TaskList(fresh, readBy);
    this.reread = new TaskList(reread, readBy);
    this.history = new TaskList(history, 'time');
    this.#lists = [this.fresh, this.reread, this.history];
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
   * Begins a round, at whose end everything that was read is committed. The history has rounds of its own, once all else is committed: it
   * may have years to go, and the vendor's budget belongs to what readers wait for.
   */
  beginRound(): void {
    this.#historyOpen = this.fresh.isDone && this.reread.isDone;
  }

  /** The next task to read in this round, marked as being read; what is new comes first. */
  take(): TaskState | undefined {
    const next = this.fresh.take() ?? this.reread.take() ?? (this.#historyOpen ? this.history.take() : undefined);
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
    const lists = this.#historyOpen ? this.#lists : [this.fresh, this.reread];
    return lists.some((list) => list.covers(day)) && !lists.some((list) => list.isUnread(day));
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
    if (task.kind === 'history') return this.history;
    return task.kind === 'new' ? this.fresh : this.reread;
  }
}
