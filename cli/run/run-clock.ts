import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../functions/engine/ports.ts';

/** The clock of a run that begins now. `planningNowMs` fixes what planning calls now, and nothing else. */
export function runClock({
  planningNowMs,
  timeLimitMs = Number.POSITIVE_INFINITY,
}: {
  readonly planningNowMs?: number;
  readonly timeLimitMs?: number;
}): Clock {
  const beganAt = performance.now(); // unlike the date, never set back
  return {
    planningNow: () => planningNowMs ?? Date.now(),
    now: Date.now,
    timeLeftMs: () => timeLimitMs - (performance.now() - beganAt),
    sleep,
  };
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    throw signal?.aborted ? signal.reason : error; // Node's own error hides the reason in its cause
  }
}
