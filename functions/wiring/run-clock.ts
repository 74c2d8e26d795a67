import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../engine/ports.ts';

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

/**
 * What planning calls now, epoch ms: `fixedMs` where the caller fixes it, but never past the real clock, since rows of the future cannot
 * be read and a watermark there would pass them over when they come.
 */
export function planningNow(realNowMs: number, fixedMs: number | undefined): number {
  return Math.min(fixedMs ?? realNowMs, realNowMs);
}

/** The clock of a run. `planningNowMs` fixes what planning calls now, and nothing else. */
export function runClock(time: Time, timeLeftMs: () => number, planningNowMs: number | undefined): Clock {
  return { ...time, planningNow: () => planningNow(time.now(), planningNowMs), timeLeftMs };
}

/** What is left of a limit that begins now, ms. */
export function timeLimit(limitMs = Number.POSITIVE_INFINITY): () => number {
  const beganAt = performance.now(); // unlike the date, never set back
  return () => limitMs - (performance.now() - beganAt);
}
