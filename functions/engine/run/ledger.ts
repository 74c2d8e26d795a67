import type { Walk } from '../partition/logical-clock.ts';
import type { PartitionWriter } from '../partition/writer.ts';
import type { Task } from '../plan/plan.ts';
import type { Bookmark, Span } from '../source.ts';

/** How far a task has got in this run. */
export interface TaskState {
  readonly task: Task;
  status: 'waiting' | 'reading' | 'read' | 'committed' | 'cut';
  /** The latest walk over it. */
  walk: Walk | undefined;
  /** How often it was begun. */
  tries: number;
  /** The writers that hold rows of it which are not committed yet, and the mark from which they are. */
  readonly uncommitted: Map<PartitionWriter, number>;
  /**
   * Every writer that took rows of it in, whichever walk they came with. They stay open until it is committed: reading again what
   * was undecided decides nothing over an object whose tag is taken only when the row comes.
   */
  readonly touched: Set<PartitionWriter>;
  /**
   * Nothing from here on counts as read, epoch ms: the vendor's own clock had not come so far when the walk began. Infinity where the
   * vendor does not tell the time.
   */
  readTo: number;
  /** Walks by version: how far everything has been read, and how far it is committed too. */
  bookmark: Bookmark | undefined;
  committedBookmark: Bookmark | undefined;
}

/** The tasks of a run in order, and what has become of them. */
export class Ledger {
  #fresh: TaskState[];
  #reread: TaskState[];
  #rereadBegun = false;

  constructor(fresh: readonly Task[], reread: readonly Task[]) {
    this.#fresh = fresh.map(newState);
    this.#reread = reread.map(newState);
  }

  get fresh(): readonly TaskState[] {
    return this.#fresh;
  }

  get reread(): readonly TaskState[] {
    return this.#reread;
  }

  /** True once a task of the re-read was begun. */
  get rereadBegun(): boolean {
    return this.#rereadBegun;
  }

  get all(): readonly TaskState[] {
    return [...this.#fresh, ...this.#reread];
  }

  /** The next task to read, marked as being read; what is new comes first. */
  take(): TaskState | undefined {
    const next = this.#fresh.find(isWaiting) ?? this.#reread.find(isWaiting);
    if (!next) return undefined;
    next.status = 'reading';
    this.#rereadBegun ||= next.task.kind === 're-read';
    return next;
  }

  /** Puts two tasks in the place of one, in the order of its list. */
  split(state: TaskState, [earlier, later]: readonly [Span, Span]): void {
    const { kind } = state.task;
    const parts = [earlier, later].map((span) => newState({ ...span, kind }));
    if (kind === 're-read') parts.reverse();
    const replace = (list: TaskState[]) => list.flatMap((other) => (other === state ? parts : [other]));
    // What its walk left uncommitted is owed by its parts as well.
    for (const part of parts) for (const [writer, mark] of state.uncommitted) part.uncommitted.set(writer, mark);
    this.#fresh = replace(this.#fresh);
    this.#reread = replace(this.#reread);
  }

  /** Drops what is new from there on and was not begun: the vendor cannot have it yet. */
  dropFreshFrom(at: number): void {
    this.#fresh = this.#fresh.filter((state) => !isWaiting(state) || state.task.from < at);
  }

  /** The leading tasks of a list that are committed without a gap. */
  static committedRun(list: readonly TaskState[]): readonly TaskState[] {
    const end = list.findIndex(({ status }) => status !== 'committed');
    return end < 0 ? list : list.slice(0, end);
  }
}

function newState(task: Task): TaskState {
  return {
    task,
    status: 'waiting',
    walk: undefined,
    tries: 0,
    uncommitted: new Map(),
    touched: new Set(),
    readTo: Number.POSITIVE_INFINITY,
    bookmark: task.bookmark,
    committedBookmark: task.bookmark,
  };
}

function isWaiting({ status }: TaskState): boolean {
  return status === 'waiting';
}
