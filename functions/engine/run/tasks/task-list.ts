import type { Task, Tasks } from '../../plan/plan.ts';
import { dayOf } from '../../plan/window.ts';
import type { Span } from '../../source.ts';
import { newState, type TaskState } from './task-state.ts';

/**
 * The tasks of one kind, in their order. In memory are only those that were begun and are not committed: tasks are worked out when
 * they are taken, and of committed ones it remains how far they reach without a gap. So no step costs more where more are planned.
 */
export class TaskList {
  /** The one walk of a stream that is read by version. */
  readonly walk: TaskState | undefined;
  readonly #tasks: Tasks;
  readonly #readBy: 'time' | 'version';
  readonly #iterator: Iterator<Task>;
  /** The first task that has no state yet. */
  #ahead: Task | undefined;
  /** Tasks to be read again, and parts of split ones, in their order. */
  readonly #waiting: TaskState[] = [];
  readonly #open = new Set<TaskState>();
  /** How many open tasks of each day are not read, and how many there are. */
  readonly #unreadOf = new Map<number, number>();
  readonly #undoneOf = new Map<number, number>();
  /** Committed tasks behind a gap: the end that comes first in the order of the list, and the other one. */
  readonly #behindGap = new Map<number, number>();
  #reached: number;
  #committed = 0;
  /** The earliest end of what counts as read, of the committed tasks. */
  #readTo = Number.POSITIVE_INFINITY;
  /** Tasks from here on are dropped. */
  #end = Number.POSITIVE_INFINITY;

  constructor(tasks: Tasks, readBy: 'time' | 'version') {
    this.#tasks = tasks;
    this.#readBy = readBy;
    this.#iterator = tasks[Symbol.iterator]();
    this.#ahead = this.#following();
    this.#reached = this.#ends(tasks.span)[0];
    if (readBy === 'version') this.walk = this.#enter();
    if (this.walk) this.#waiting.push(this.walk);
  }

  get kind(): Task['kind'] {
    return this.#tasks.kind;
  }

  /** The span that the tasks cover. */
  get span(): Span {
    const { from, to } = this.#tasks.span;
    return { from, to: Math.min(to, this.#end) };
  }

  /** True when nothing was planned. */
  get isEmpty(): boolean {
    return this.#tasks.count === 0;
  }

  /** True when every task is committed. */
  get isDone(): boolean {
    return this.#open.size === 0 && !this.#ahead;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0 || this.#ahead !== undefined;
  }

  /** The tasks that were begun, or are parts of such, and are not committed. */
  get open(): ReadonlySet<TaskState> {
    return this.#open;
  }

  /** How far tasks are committed without a gap, in the order of the list. */
  get reached(): number {
    return this.#reached;
  }

  /** True once the first task is committed. */
  get hasMoved(): boolean {
    return this.#reached !== this.#ends(this.#tasks.span)[0];
  }

  /** The earliest instant from which on nothing that was begun counts as read. */
  get readTo(): number {
    return Math.min(this.#readTo, ...[...this.#open].map(({ readTo }) => readTo));
  }

  /** How many tasks are committed. */
  get committed(): number {
    return this.#committed;
  }

  /** The first task that was begun and is not committed. */
  get firstOpen(): TaskState | undefined {
    return [...this.#open].sort((a, b) => this.#compare(a, b))[0];
  }

  /** The next task to read. */
  take(): TaskState | undefined {
    return this.#waiting.shift() ?? this.#enter();
  }

  /** The task has been read. */
  read(state: TaskState): void {
    state.status = 'read';
    less(this.#unreadOf, dayOf(state.task.from));
  }

  /** The task is to be read again. */
  again(state: TaskState): void {
    if (state.status === 'read') more(this.#unreadOf, dayOf(state.task.from));
    this.#wait(state);
  }

  /** The task is done. */
  commit(state: TaskState): void {
    if (state.status !== 'read') less(this.#unreadOf, dayOf(state.task.from));
    state.status = 'committed';
    this.#leave(state);
    this.#committed++;
    this.#readTo = Math.min(this.#readTo, state.readTo);
    const { kind, from } = state.task;
    // What is new moves the watermark no farther than the vendor's own clock had come.
    const to = kind === 'new' ? Math.min(state.task.to, state.readTo) : state.task.to;
    if (from < to) this.#behindGap.set(...this.#ends({ from, to }));
    for (let to = this.#behindGap.get(this.#reached); to !== undefined; to = this.#behindGap.get(this.#reached)) {
      this.#behindGap.delete(this.#reached);
      this.#reached = to;
    }
  }

  /** Puts tasks in the place of one that is being read; what it left uncommitted is owed by them as well. */
  split(state: TaskState, spans: readonly Span[]): readonly TaskState[] {
    less(this.#unreadOf, dayOf(state.task.from));
    this.#leave(state);
    return spans.map((span) => {
      const part = this.#add({ ...span, kind: state.task.kind });
      for (const [writer, mark] of state.uncommitted) part.uncommitted.set(writer, mark);
      part.repeated = state.repeated;
      this.#wait(part);
      return part;
    });
  }

  /** Drops the tasks from there on that were not begun. */
  dropFrom(at: number): void {
    this.#end = at;
    if (this.#ahead && this.#ahead.from >= at) this.#ahead = undefined;
    for (const state of this.#waiting.filter(({ task }) => task.from >= at)) {
      this.#waiting.splice(this.#waiting.indexOf(state), 1);
      less(this.#unreadOf, dayOf(state.task.from));
      this.#leave(state);
    }
  }

  /** True when a task of the day is planned. */
  covers(day: number): boolean {
    return holds(this.span, day);
  }

  /** True when a task of the day has yet to be read. */
  isUnread(day: number): boolean {
    return this.#unreadOf.has(day) || this.#isAhead(day);
  }

  /** True when a task of the day has yet to be committed. */
  isUndone(day: number): boolean {
    return this.#undoneOf.has(day) || this.#isAhead(day);
  }

  #isAhead(day: number): boolean {
    if (!this.#ahead) return false;
    const { from, to } = this.span;
    return holds(this.#ahead.kind === 'new' ? { from: this.#ahead.from, to } : { from, to: this.#ahead.to }, day);
  }

  /** Makes the state of the task that lies ahead. */
  #enter(): TaskState | undefined {
    const task = this.#ahead;
    if (!task) return undefined;
    this.#ahead = this.#following();
    return this.#add(task);
  }

  #following(): Task | undefined {
    const next = this.#iterator.next();
    return next.done || next.value.from >= this.#end ? undefined : next.value;
  }

  #add(task: Task): TaskState {
    const state = newState(task, this.#readBy);
    this.#open.add(state);
    more(this.#unreadOf, dayOf(task.from));
    more(this.#undoneOf, dayOf(task.from));
    return state;
  }

  #leave(state: TaskState): void {
    this.#open.delete(state);
    less(this.#undoneOf, dayOf(state.task.from));
  }

  #wait(state: TaskState): void {
    state.status = 'waiting';
    const later = this.#waiting.findIndex((other) => this.#compare(state, other) < 0);
    this.#waiting.splice(later < 0 ? this.#waiting.length : later, 0, state);
  }

  #compare(a: TaskState, b: TaskState): number {
    return a.task.kind === 'new' ? a.task.from - b.task.from : b.task.to - a.task.to;
  }

  /** The ends of a span in the order of the list: what is new is read from the oldest on, what is read again from the newest. */
  #ends({ from, to }: Span): readonly [number, number] {
    return this.#tasks.kind === 'new' ? [from, to] : [to, from];
  }
}

/** True when a part of the span lies in the day. */
function holds({ from, to }: Span, day: number): boolean {
  return from < to && dayOf(from) <= day && day <= dayOf(to - 1);
}

function more(counts: Map<number, number>, day: number): void {
  counts.set(day, (counts.get(day) ?? 0) + 1);
}

function less(counts: Map<number, number>, day: number): void {
  const count = (counts.get(day) ?? 0) - 1;
  if (count > 0) counts.set(day, count);
  else counts.delete(day);
}
