import { isDetailStream } from '../../../contract/streams.ts';
import { DAY_MS, HOUR_MS } from '../../support/durations.ts';
import { Dice } from '../history/dice.ts';
import type { HistoryPlan } from '../history/plan.ts';
import { liveCheckpoint } from './names.ts';
import type { SimulatedSsm } from './ssm.ts';

/** How far a clock is off that is wrong, ms: mostly ahead, up to two months. Right ones give 0. */
export function wrongClockMs(
  what: string,
  { seed, stream, wrongClocks }: HistoryPlan,
  { parameters }: Pick<SimulatedSsm, 'parameters'>,
): number {
  const dice = new Dice(seed, `clock of ${what}`);
  if (!dice.happens(wrongClocks)) return 0;
  // The first run of a stream of details begins near to now, by its own clock: where that is days ahead, the next run stops and says so.
  if (isDetailStream(stream) && !parameters.has(liveCheckpoint(stream))) return 0;
  return Math.round((dice.happens(0.7) ? 1 : -1) * dice.spread(2 * HOUR_MS, 60 * DAY_MS));
}
