/** `npm run simulate:faults`: histories of a deployed stream, each drawn from its seed, in which everything fails that can. */
import { availableParallelism } from 'node:os';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { print } from '../../cli/output/print.ts';
import { about, several } from '../../cli/output/words.ts';
import { streams } from '../../contract/streams.ts';
import { openCrew } from './crew.ts';
import { live } from './history/history.ts';
import { type Excerpt, listed, type Plain, parseSteps, plains } from './judge/excerpt.ts';
import { HistoryTally } from './judge/tally.ts';
import { brokenText, type Testimony, testify } from './judge/testimony.ts';
import { shrink, wayOf } from './shrink/shrink.ts';
import { shrunkText } from './shrink/shrunk-text.ts';
import { watch } from './world/watch.ts';

interface Flags extends Omit<Excerpt, 'plain'> {
  readonly runs: number;
  readonly jobs: number;
  readonly trace?: true;
  readonly shrink: boolean;
  readonly plain?: readonly Plain[];
}

const BROKEN_STATUS = 1;
const USAGE_STATUS = 2;
const INTERRUPTED_STATUS = 130;
/** How many ways of breaking are shrunk, and how long that may take each. */
const WAYS_SHRUNK = 3;
const SHRINKING = { replays: 400, ms: 120_000, now: Date.now };

process.exitCode = await main();

async function main(): Promise<number> {
  const program = command();
  try {
    program.parse();
    const { stream, steps, faults, oldRows, plain, ...flags }: Flags = program.opts();
    const part = {
      ...(stream && { stream }),
      ...(steps && { steps }),
      ...(faults && { faults }),
      ...(oldRows !== undefined && { oldRows }),
      ...(plain && { plain: new Set(plain) }),
    };
    const isPart = Object.keys(part).length > 0;
    if (isPart && flags.runs !== 1) program.error('error: a part of a history is of one seed: leave out --runs');
    return await (isPart || flags.trace ? inThisThread(flags, part) : inManyThreads(flags));
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : USAGE_STATUS; // it has said why
  }
}

function command(): Command {
  return new Command('simulate:faults')
    .description(
      'Lets histories of a deployed stream happen in which processes, calls and clocks fail, and checks that no row is lost, doubled, set back or misplaced',
    )
    .option('--seed <n>', 'the first history; a history is its seed, the next one has the next seed', count, 1)
    .option('--runs <n>', 'how many histories', atLeastOne, 1)
    .option('--jobs <n>', 'how many are lived at once', atLeastOne, availableParallelism())
    .option('--trace', 'print everything that happens')
    .option('--no-shrink', 'do not search for the shortest history that breaks the promise in the same way')
    .addOption(
      new Option('--stream <name>', 'of this stream, whichever the seed draws from the catalogue').choices([
        ...streams.keys(),
      ]),
    )
    .option('--steps <names>', 'only these steps: s3,s7:2 are s3 and s7, of which two rows change', checked(parseSteps))
    .option('--faults <names>', 'only these faults; none, if empty', (text) => new Set(listed(text)))
    .option('--old-rows <n>', 'so many rows are there before the first step', count)
    .option(`--plain <what>`, `make plain what may be odd: ${plains.join(', ')}`, checked(parsePlain))
    .exitOverride()
    .addHelpText('after', '\nExit status: 0 the promise held, 1 it was broken, 2 wrong usage, 130 interrupted.');
}

function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('A whole number, please.');
  return Number(text);
}

function atLeastOne(text: string): number {
  if (count(text) === 0) throw new InvalidArgumentError('At least 1, please.');
  return count(text);
}

function parsePlain(text: string): readonly Plain[] {
  return listed(text).map((word) => {
    const plain = plains.find((known) => known === word);
    if (!plain) throw new RangeError(`${JSON.stringify(word)} is not one of ${plains.join(', ')}`);
    return plain;
  });
}

function checked<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(`${(error as Error).message}.`);
    }
  };
}

/** One after the other, so that lines of one history stay together. */
async function inThisThread(flags: Omit<Flags, 'plain'>, part: Omit<Excerpt, 'seed'>): Promise<number> {
  const tally = new HistoryTally();
  const beganAt = Date.now();
  for (let seed = flags.seed; seed < flags.seed + flags.runs; seed++) {
    if (flags.trace) print(`seed ${seed}`);
    const told = await testify({ seed, ...part }, flags.trace && print);
    tally.add(told);
    if (told.broken !== undefined) print(`seed ${seed}: ${told.broken}`);
  }
  print(tally.summary(Date.now() - beganAt));
  return tally.broken > 0 ? BROKEN_STATUS : 0;
}

async function inManyThreads({ seed, runs, jobs, shrink: shrinks }: Omit<Flags, 'plain'>): Promise<number> {
  const tally = new HistoryTally();
  const beganAt = Date.now();
  const crew = openCrew(upFrom(seed, runs), Math.min(jobs, runs), (told: Testimony) => {
    tally.add(told);
    if (told.broken !== undefined) print(brokenText(told));
  });
  const unwatch = watch({ tally, crew, runs, beganAt });
  let interrupted = false;
  process.once('SIGINT', () => {
    interrupted = true;
    crew.stop();
  });
  await crew.done;
  unwatch();
  print(tally.summary(Date.now() - beganAt));
  if (interrupted) return INTERRUPTED_STATUS;
  if (shrinks) await shrinkEachWay(tally);
  return tally.broken > 0 ? BROKEN_STATUS : 0;
}

function* upFrom(seed: number, runs: number): Generator<number> {
  for (let next = seed; next < seed + runs; next++) yield next;
}

async function shrinkEachWay({ first }: HistoryTally): Promise<void> {
  const ways = new Map(first.toReversed().map(({ seed, broken }) => [wayOf(broken), seed]));
  const seeds = [...ways.values()].sort((a, b) => a - b).slice(0, WAYS_SHRUNK);
  for (const seed of seeds) {
    process.stderr.write(`seed ${seed}: looks for the shortest history, for ${about(SHRINKING.ms)} at most\n`);
    const shrunk = await shrink(seed, live, SHRINKING);
    print(shrunk ? await shrunkText(shrunk, live) : `seed ${seed} breaks nothing when it is lived again`);
  }
  if (ways.size > seeds.length) print(`${several(ways.size - seeds.length, 'other way')} of breaking not looked at`);
}
