import { draw, drawShare } from '../rows/random.ts';
import { happens, type RowKind } from '../rows/row-kind.ts';
import type { RowKnobs } from './knobs.ts';
import type { RowLife } from './order.ts';

const MINUTE_US = 60_000_000;
/** A transcript some minutes after the row, an edit some hours later, another some days later. */
const SALESLOFT_STEPS_US = [0, 4 * MINUTE_US + 13_000_007, 187 * MINUTE_US + 41_000_503, 3_191 * MINUTE_US + 7_000_129];
const STEPS_TAKEN: readonly string[] = ['', '', '1', '1', '1', '12', '13', '23'];

/** How generated rows of a kind come to be and change; everything is a pure function of seed, ordinal and knobs. */
export function makeLife({ kind, seed, knobs }: { kind: RowKind; seed: number; knobs: () => RowKnobs }): RowLife {
  return {
    stepsUs: kind.definition.version ? SALESLOFT_STEPS_US : [0],
    takes: (ordinal, step) => step === 0 || (STEPS_TAKEN[draw(seed, ordinal, 70) % 8] ?? '').includes(String(step)),
    lagUs(ordinal) {
      const { late } = knobs();
      if (!happens(late.share, seed, ordinal, 71)) return 0;
      return Math.floor(late.byMs * drawShare(seed, ordinal, 72)) * 1000;
    },
    longestLagUs: () => (knobs().late.share > 0 ? knobs().late.byMs * 1000 : 0),
  };
}
