import type { Keys } from '../../partition/key-table.ts';
import type { Walk } from '../../partition/logical-clock.ts';
import type { PartitionWriter } from '../../partition/writer.ts';
import type { Task } from '../../plan/plan.ts';
import { WalkPages } from './walk-pages.ts';

/** How far a task has got in this run. */
export interface TaskState {
  readonly task: Task;
  status: 'waiting' | 'reading' | 'read' | 'committed' | 'cut';
  /** The latest walk over it. */
  walk: Walk | undefined;
  /** How often it was begun. */
  tries: number;
  /** How often it has been left undecided. */
  undecided: number;
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
  /** Walks by version: how far it has got. */
  readonly pages: WalkPages | undefined;
  /** The keys that came more than once when its span was last read. */
  repeated: Keys | undefined;
  /** True once its span was seen to hold a key twice. */
  twice: boolean;
}

/** The state of a task that nobody has begun. */
export function newState(task: Task, readBy: 'time' | 'version'): TaskState {
  return {
    task,
    status: 'waiting',
    walk: undefined,
    tries: 0,
    undecided: 0,
    uncommitted: new Map(),
    touched: new Set(),
    readTo: Number.POSITIVE_INFINITY,
    pages: readBy === 'version' ? new WalkPages(task.bookmark) : undefined,
    repeated: undefined,
    twice: false,
  };
}
