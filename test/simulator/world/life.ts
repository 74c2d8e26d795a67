import { draw, drawShare } from '../rows/random.ts';
import { happens, type RowKind } from '../rows/row-kind.ts';
import type { RowKnobs } from './knobs.ts';
import type { RowLife } from './order.ts';

const minuteUs = 60_000_000;
/** A transcript some minutes after the row, an edit some hours later, another some days later. */
const salesloftStepsUs = [0, 4 * minuteUs + 13_000_007, 187 * minuteUs + 41_000_503, 3_191 * minuteUs + 7_000_129];
const stepsTaken: readonly string[] = ['', '', '1', '1', '1', '12', '13', '23'];

/** How generated rows of a kind come to be and change; everything is a pure function of seed, ordinal and knobs. */
export function makeLife({ kind, seed, knobs }: { kind: RowKind; seed: number; knobs: () => RowKnobs }): RowLife {
  return {
    stepsUs: kind.definition.version ? salesloftStepsUs : [0],
    takes: (ordinal, step) => step === 0 || (stepsTaken[draw(seed, ordinal, 70) % 8] ?? '').includes(String(step)),
    lagUs(ordinal) {
      const { late } = knobs();
      if (!happens(late.share, seed, ordinal, 71)) return 0;
      return Math.floor(late.byMs * drawShare(seed, ordinal, 72)) * 1000;
    },
    longestLagUs: () => (knobs().late.share > 0 ? knobs().late.byMs * 1000 : 0),
  };
}
