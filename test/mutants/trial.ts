import { planHistory } from '../faults/history/plan.ts';
import { ENDLESS, Histories } from './histories.ts';
import type { Mutant } from './planted/mutant.ts';
import { runCases } from './test-cases.ts';

/** What became of a mutant. */
export interface TrialResult {
  readonly mutant: Mutant;
  /** Who caught it and what was said; undefined for one that survived. */
  readonly caught: { readonly by: string; readonly said: string } | undefined;
  /** Histories that were lived; 0 for one that a test case must catch. */
  readonly histories: number;
  /** Its catch, once more and with no checks, where that ended: what was noticed all the same; there must be nothing. */
  readonly control: { readonly noticed: string | undefined } | undefined;
  /** Why it could not be tried. */
  readonly trouble?: string;
  readonly tookMs: number;
}

/** How mutants are tried. */
export interface Trial {
  /** The first seed, and how many histories a mutant has to survive. */
  readonly seed: number;
  readonly runs: number;
  /** Whether the code as it is keeps the promise in this history: only then it says something about a mutant. */
  readonly holds: (seed: number) => Promise<boolean>;
}

/** Lives histories with the mutant until one breaks, or runs the test case that must fail. */
export async function tryMutant(mutant: Mutant, trial: Trial): Promise<TrialResult> {
  const began = performance.now();
  const trying = mutant.test ? inTestCases(mutant, mutant.test) : inHistories(mutant, trial);
  const verdict = await trying.catch((error: unknown) => ({ caught: undefined, histories: 0, trouble: String(error) }));
  return { mutant, control: undefined, ...verdict, tookMs: performance.now() - began };
}

type Found = Pick<TrialResult, 'caught' | 'histories'> & Partial<Pick<TrialResult, 'control'>>;

async function inHistories(mutant: Mutant, { seed, runs, holds }: Trial): Promise<Found> {
  const processes = new Histories(mutant.name);
  let histories = 0;
  try {
    for (const at of seedsOf(mutant, seed, runs)) {
      histories++;
      const said = await processes.live({ seed: at, checks: true });
      if (said === undefined || !(await holds(at))) continue;
      const caught = { by: `seed ${at}`, said };
      if (said === ENDLESS) return { caught, histories };
      const noticed = await processes.live({ seed: at, checks: false });
      return { caught, histories, ...(noticed !== ENDLESS && { control: { noticed } }) };
    }
    return { caught: undefined, histories };
  } finally {
    processes.end();
  }
}

async function inTestCases(mutant: Mutant, test: NonNullable<Mutant['test']>): Promise<Found> {
  const healthy = await runCases(test, undefined);
  if (healthy) throw new Error(`${test.file} fails without a mutant: ${healthy.name}`);
  const failed = await runCases(test, mutant.name);
  return { caught: failed && { by: test.file, said: failed.name }, histories: 0 };
}

/** The first so many seeds whose histories the mutant can show in. */
export function* seedsOf({ where }: Pick<Mutant, 'where'>, first: number, runs: number): Generator<number> {
  for (let seed = first, given = 0; given < runs; seed++) {
    if (where && !where(planHistory(seed))) continue;
    given++;
    yield seed;
  }
}
