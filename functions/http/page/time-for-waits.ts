import type { Clock } from '../../engine/ports.ts';
import { reserveMs } from '../../engine/run/reserve.ts';

/** No wait is longer: a timer is not the way to wait for days, and beyond 24.8 of them Node's fires at once. */
const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;

/** The time that the pages of one adapter may spend on waits. */
export interface TimeForWaits {
  /** What may be waited at most from now on, ms. Told as often as something has to be waited for. */
  leftMs(): number;
  /** A page has come. */
  succeeded(): void;
}

/**
 * The time that a run has for waits. What it keeps for committing is not part of it: a wait that ended there would be cut by the run's own
 * deadline, and the run would pass for one that ran out of time, to be continued at once, before the vendor's wait is over.
 * @param patienceMs how long may be waited without a page, whatever time is left
 */
export function timeForWaits(
  clock: Pick<Clock, 'now' | 'timeLeftMs'>,
  patienceMs = Number.POSITIVE_INFINITY,
): TimeForWaits {
  const keptMs = reserveMs(clock.timeLeftMs());
  let waitingSince: number | undefined;
  return {
    leftMs() {
      waitingSince ??= clock.now();
      const patientMs = patienceMs - (clock.now() - waitingSince);
      return Math.min(clock.timeLeftMs() - keptMs, patientMs, LONGEST_WAIT_MS);
    },
    succeeded() {
      waitingSince = undefined;
    },
  };
}
