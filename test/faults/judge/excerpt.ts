import type { StreamName } from '../../../contract/streams.ts';
import { type HistoryPlan, type HistoryStep, planHistory } from '../history/plan.ts';
import type { Replay } from '../history/replay.ts';

/** What of a seed's history happens; what is not said happens whole. */
export interface Excerpt {
  readonly seed: number;
  /** Default: the one that the seed draws from the catalogue. */
  readonly stream?: StreamName;
  /** The steps that are taken, by name, each with how many rows it changes at most. */
  readonly steps?: ReadonlyMap<string, number>;
  /** The faults that may happen, by name. */
  readonly faults?: ReadonlySet<string>;
  readonly oldRows?: number;
  readonly plain?: ReadonlySet<Plain>;
}

/** With all that can be taken away said. */
export type FullExcerpt = Required<Omit<Excerpt, 'stream'>>;

/**
 * What of a world can be made plain: `skew` - all clocks show the same, but for wrong ones; `clocks` - none
 * is wrong by days; `knobs` - the vendor does nothing odd; `parts` - uploads in
 * one part; `concurrency` - one request at a time; `retries` - EventBridge invokes once, and Lambda does not try again.
 */
export type Plain = 'skew' | 'clocks' | 'knobs' | 'parts' | 'concurrency' | 'retries';

const made: Readonly<Record<Plain, (plan: HistoryPlan) => HistoryPlan>> = {
  skew: (plan) => ({ ...plan, skewMs: 0 }),
  clocks: (plan) => ({ ...plan, wrongClocks: 0 }),
  knobs: (plan) => ({ ...plan, knobs: {} }),
  parts: (plan) => ({ ...plan, partBytes: 64 * 1024 }),
  concurrency: (plan) => ({ ...plan, settings: { ...plan.settings, concurrency: 1 } }),
  retries: (plan) => ({
    ...plan,
    steps: plan.steps.map((step) => (step.deed === 'schedule' ? { ...step, times: 1, retries: 0 } : step)),
  }),
};

/** All that can be made plain. */
export const plains = Object.keys(made) as readonly Plain[];

/** The plan of what is left. */
export function planOf({ seed, stream, steps, oldRows, plain }: Excerpt): HistoryPlan {
  let plan = planHistory(seed, stream);
  for (const what of plain ?? []) plan = made[what](plan);
  return {
    ...plan,
    oldRows: oldRows ?? plan.oldRows,
    steps: steps ? plan.steps.filter(({ name }) => steps.has(name)).map((step) => withRows(step, steps)) : plan.steps,
  };
}

/** Which faults may happen in it. */
export function replayOf({ faults }: Excerpt): Replay {
  return faults ? { mayHappen: (fault) => faults.has(fault) } : {};
}

/** The command that lets exactly this happen again. */
export function commandOf({ seed, stream, steps, faults, oldRows, plain }: Excerpt): string {
  const flags = [
    `--seed ${seed}`,
    ...(stream ? [`--stream ${stream}`] : []),
    ...(steps ? [`--steps '${stepsText(steps)}'`] : []),
    ...(faults ? [`--faults '${[...faults].join(',')}'`] : []),
    ...(oldRows === undefined ? [] : [`--old-rows ${oldRows}`]),
    ...(plain && plain.size > 0 ? [`--plain ${[...plain].join(',')}`] : []),
  ];
  return `npm run simulate:faults -- ${flags.join(' ')}`;
}

/** Reads what `--steps` says: `s3,s7:2` are s3 and s7, of which only two rows change. */
export function parseSteps(text: string): ReadonlyMap<string, number> {
  return new Map(
    listed(text).map((part) => {
      const [, name = '', rows] = /^(s\d+)(?::(\d+))?$/.exec(part) ?? [];
      if (name === '') throw new RangeError(`${JSON.stringify(part)} is not a step`);
      return [name, rows === undefined ? Number.POSITIVE_INFINITY : Number(rows)];
    }),
  );
}

/** The parts of a list with commas; none of an empty text. */
export function listed(text: string): readonly string[] {
  return text.split(',').filter((part) => part !== '');
}

function stepsText(steps: ReadonlyMap<string, number>): string {
  return [...steps].map(([name, rows]) => (rows === Number.POSITIVE_INFINITY ? name : `${name}:${rows}`)).join(',');
}

function withRows(step: HistoryStep, steps: ReadonlyMap<string, number>): HistoryStep {
  if (step.deed !== 'change') return step;
  return { ...step, rows: Math.min(step.rows, steps.get(step.name) ?? step.rows) };
}
