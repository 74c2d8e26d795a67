import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../engine/ports.ts';

/** How long Lambda lets an invocation go on, ms. */
export type RemainingMs = () => number;

/** The time that passes by itself. */
export type Time = Pick<Clock, 'now' | 'sleep'>;

/** That of the machine. */
export const realTime: Time = {
  now: Date.now,
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      throw signal?.aborted ? signal.reason : error; // Node's own error hides the reason in its cause
    }
  },
};

/** The engine keeps a quarter of the time, and no more than 90 s, to commit what was read. */
const LONGEST_RESERVE_MS = 90_000;

/** The clock of an invocation. `planningNowMs` fixes what planning calls now, and nothing else. */
export function lambdaClock(time: Time, remainingMs: RemainingMs, planningNowMs: number | undefined): Clock {
  return { ...time, planningNow: () => planningNowMs ?? time.now(), timeLeftMs: remainingMs };
}

/**
 * Runs `act` with a signal that ends requests under way when half of the time kept for committing has gone. A run stops taking
 * pages before that, so this is for a vendor that does not answer.
 */
export async function beforeDeadline<T>(
  time: Time,
  remainingMs: RemainingMs,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const leftMs = remainingMs();
  const deadline = new AbortController();
  const afterMs = Math.max(0, leftMs - Math.min(LONGEST_RESERVE_MS, leftMs / 4) / 2);
  const ended = new AbortController();
  time.sleep(afterMs, ended.signal).then(
    () => deadline.abort(new Error('the invocation is nearly out of time')),
    () => undefined, // it ended before
  );
  try {
    return await act(deadline.signal);
  } finally {
    ended.abort();
  }
}
