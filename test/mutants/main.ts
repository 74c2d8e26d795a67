/**
 * `npm run mutants`: puts one bug after the other into the code and lets histories happen (test/faults) until one breaks the
 * promise; what no history can show must break a test case. Every mutant must be caught. Options: --seed N (the first), --runs N
 * (histories that a mutant has to survive), --only NAME (may come again), --control (the checker looks at nothing: every mutant must survive).
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { inParallel } from '../../functions/engine/in-parallel.ts';
import { ENDLESS, Histories } from './histories.ts';
import { chosenMutant, mutants, mutatedFile } from './mutants.ts';
import { seedsOf, type TrialResult, tryMutant } from './trial.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    control: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const named = values.only.flatMap((name) => chosenMutant(name) ?? []);
const chosen = named.length > 0 ? named : mutants;
for (const mutant of mutants) mutatedFile(mutant);

const ill = values.control ? await control(Number(values.runs ?? 3)) : await trial(Number(values.runs ?? 400));
process.exitCode = ill ? 1 : 0;

/** True when a mutant survived, or the code itself broke. */
async function trial(runs: number): Promise<boolean> {
  const healthy = new Histories(undefined);
  const known = new Map<number, Promise<string | undefined>>();
  const healthyAt = (at: number) => {
    const there = known.get(at) ?? healthy.live({ seed: at, checks: true });
    known.set(at, there);
    return there;
  };
  const holds = async (at: number) => {
    const said = await healthyAt(at);
    if (said !== undefined) say(`the code itself breaks at seed ${at}: ${said}`);
    return said === undefined;
  };

  const verdicts: TrialResult[] = [];
  await inParallel(chosen, availableParallelism(), async (mutant) => {
    const verdict = await tryMutant(mutant, { seed, runs, holds });
    verdicts.push(verdict);
    const { caught, histories, trouble } = verdict;
    say(
      `${verdicts.length}/${chosen.length} ${mutant.name}: ${caught?.by ?? trouble ?? `survived ${histories} histories`}`,
    );
  });
  const said = await Promise.all(known.values());
  healthy.end();

  const survivors = verdicts.filter(({ caught }) => !caught);
  const controls = verdicts.flatMap(({ control: lived }) => lived ?? []);
  const noticed = controls.filter((lived) => lived.noticed !== undefined);
  const broken = [...known.keys()].filter((_, index) => said[index] !== undefined);
  process.stdout.write(`${tableOf(verdicts)}\n`);
  process.stdout.write(
    [
      `${verdicts.length - survivors.length} of ${verdicts.length} mutants were caught`,
      `control: the code as it is, in the histories that a mutant broke, kept the promise in ${known.size - broken.length} of ${known.size}`,
      `control: with no checks, ${controls.length - noticed.length} of the ${controls.length} caught in histories were not noticed in the very same ones`,
      ...broken.map((at) => `THE CODE ITSELF BREAKS AT SEED ${at}: it was left out`),
      ...survivors.map(({ mutant, trouble }) => `SURVIVED: ${mutant.name} (${trouble ?? mutant.why})`),
    ].join('\n'),
  );
  process.stdout.write('\n');
  return survivors.length + noticed.length + broken.length > 0;
}

/** True when something was noticed though nothing was looked at. */
async function control(runs: number): Promise<boolean> {
  const noticed: string[] = [];
  const lived = chosen.filter(({ test }) => !test);
  await inParallel(lived, availableParallelism(), async (mutant) => {
    const processes = new Histories(mutant.name);
    try {
      for (const at of seedsOf(mutant, seed, runs)) {
        const said = await processes.live({ seed: at, checks: false });
        if (said === ENDLESS) break;
        if (said !== undefined) noticed.push(`${mutant.name} at seed ${at}: ${said}`);
      }
    } finally {
      processes.end();
    }
  });
  process.stdout.write(
    `${lived.length} mutants, ${runs} histories each, with no checks: ${noticed.length} were noticed\n${noticed.map((line) => `${line}\n`).join('')}`,
  );
  return noticed.length > 0;
}

function tableOf(verdicts: readonly TrialResult[]): string {
  const table = new Table({
    head: ['mutant', 'caught by', 'what was said', 'histories', 'seconds'],
    colWidths: [42, 38, 62, 11, 9],
    wordWrap: true,
  });
  const order = new Map(chosen.map(({ name }, index) => [name, index]));
  const sorted = verdicts.toSorted((a, b) => (order.get(a.mutant.name) ?? 0) - (order.get(b.mutant.name) ?? 0));
  for (const { mutant, caught, histories, tookMs } of sorted) {
    table.push([
      mutant.name,
      caught?.by ?? 'NOBODY',
      (caught?.said ?? '').slice(0, 170),
      histories || '',
      (tookMs / 1000).toFixed(0),
    ]);
  }
  return table.toString();
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
