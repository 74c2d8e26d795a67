import { live } from '../history/history.ts';
import type { HistoryResult } from '../history/replay.ts';
import { commandOf, type Excerpt, planOf, replayOf } from './excerpt.ts';

/** What is told of one history: plain enough to be sent from thread to thread. */
export interface Testimony {
  readonly seed: number;
  /** What of the promise was broken first, or why the simulation itself failed; undefined when all was well. */
  readonly broken: string | undefined;
  readonly processes: number;
  readonly calls: number;
  readonly rowsChecked: number;
  /** How often each kind of fault happened. */
  readonly faults: Readonly<Record<string, number>>;
}

/** Lets a history happen, and tells of it. */
export async function testify(excerpt: Excerpt, trace?: (line: string) => void): Promise<Testimony> {
  try {
    return told(excerpt.seed, await live(planOf(excerpt), { ...replayOf(excerpt), ...(trace && { trace }) }));
  } catch (error) {
    return failedSimulation(excerpt.seed, error);
  }
}

/** Tells of a history that could not be lived to its end. */
export function failedSimulation(seed: number, error: unknown): Testimony {
  const why = error instanceof Error ? error.stack : String(error);
  return { seed, broken: `the simulation failed: ${why}`, processes: 0, calls: 0, rowsChecked: 0, faults: {} };
}

/** What is broken in a history, and how to see it again. */
export function brokenText({ seed, broken }: Pick<Testimony, 'seed' | 'broken'>): string {
  return `seed ${seed}: ${broken}\n  ${commandOf({ seed })}`;
}

function told(seed: number, { broken, processes, calls, rowsChecked, faults }: HistoryResult): Testimony {
  const counts: Record<string, number> = {};
  for (const fault of faults.values()) counts[fault] = (counts[fault] ?? 0) + 1;
  return { seed, broken, processes, calls, rowsChecked, faults: counts };
}
