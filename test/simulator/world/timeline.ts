import { drawShare } from '../rows/random.ts';

/**
 * The origin of all ordinals. It never moves, so that the row with a given seed, rate and ordinal is the same whenever the
 * simulator is started.
 */
const ORIGIN_MS = Date.UTC(2020, 0, 1);

/** When generated rows begin. Times are epoch microseconds. */
export interface Timeline {
  /** When the row begins; never falls as the ordinal grows. */
  atUs(ordinal: number): number;
  /** The first ordinal that begins at the instant or later. */
  firstAtOrAfter(us: number): number;
}

/**
 * Rows in evenly spaced slots, each at a random place in its slot, rounded down to `grainUs`. So a day holds the same number
 * of rows every day, and the row at an instant is found by arithmetic, however many rows there are.
 */
export function makeTimeline(from: { seed: number; rows: number; days: number; grainUs: number }): Timeline {
  const originUs = ORIGIN_MS * 1000;
  const slotUs = (from.days * 86_400_000_000) / from.rows;
  const { seed, grainUs } = from;

  function exactUs(ordinal: number): number {
    return originUs + Math.floor((ordinal + drawShare(seed, ordinal, 7)) * slotUs);
  }
  function atUs(ordinal: number): number {
    return Math.floor(exactUs(ordinal) / grainUs) * grainUs;
  }
  function firstAtOrAfter(us: number): number {
    const bound = Math.ceil(us / grainUs) * grainUs;
    let ordinal = Math.max(0, Math.floor((bound - originUs) / slotUs));
    while (ordinal > 0 && exactUs(ordinal - 1) >= bound) ordinal--;
    while (exactUs(ordinal) < bound) ordinal++;
    return ordinal;
  }
  return { atUs, firstAtOrAfter };
}
