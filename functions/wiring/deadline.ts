import { reserveMs } from '../engine/run/reserve.ts';
import type { Time } from './run-clock.ts';

/** Node fires a timer of more than 24.8 days at once; nothing of ours lasts as long. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * When requests in flight are ended too, ms from now: half of the time that is kept for committing has gone then. A run stops
 * taking pages before that, so this is for a vendor that does not respond.
 */
export function endRequestsAfterMs(timeLeftMs: number): number {
  return Math.max(0, timeLeftMs - reserveMs(timeLeftMs) / 2);
}

/** Runs `act` with a signal that is aborted with the reason after so long; never, where that is infinite. */
export async function beforeDeadline<T>(
  time: Time,
  { afterMs, reason }: { readonly afterMs: number; readonly reason: Error },
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const ended = new AbortController();
  if (afterMs <= LONGEST_TIMER_MS) {
    time.sleep(afterMs, ended.signal).then(
      () => deadline.abort(reason),
      () => undefined, // `act` ended before
    );
  }
  try {
    return await act(deadline.signal);
  } finally {
    ended.abort();
  }
}
