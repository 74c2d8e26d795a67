import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type StreamName, streams } from '../../contract/streams.ts';
import { drawShare } from '../simulator/rows/random.ts';
import { MINUTE_MS } from '../support/durations.ts';
import { testFolder } from '../support/lake/file-lake.ts';
import { inventedLines, lakeDifferences, noDifferences } from '../support/lake/lake-differences.ts';
import { runProcess } from './support/killed-run.ts';
import { type Lane, openLane } from './support/lane.ts';
import { firstGuess, type KillMoment, pickMoment, type SignCounts } from './support/moments.ts';
import { hasProc, PHASES, type Phase } from './support/phases.ts';
import { keysLost, objectKeys, readWholeLines, type Stock, stocktaker, wholeLines } from './support/stock.ts';
import { type Unrest, unrestOf } from './support/unrest.ts';
import { type Due, dueNow, keysPassedBy } from './support/watermark.ts';

const SEED = 20_260_520;
/** Per stream; after each of them comes a run to the end. */
const ROUNDS = 3;
const KILLS_A_ROUND = 14;
/** A run may be over before its moment comes. */
const MOST_RUNS_A_ROUND = 2 * KILLS_A_ROUND;
const MOST_LOOKS_A_RUN = 6;

/** What was done to all streams together. */
const done = { runs: 0, rowsCompared: 0, objectsRead: 0 };

/** The history of one stream: its vendor never rests, and its exporter is killed again and again. */
class History {
  readonly lane: Lane;
  readonly killsIn = new Map<Phase, number>();
  readonly #random: () => number;
  readonly #unrest: Unrest;
  readonly #takeStock: () => Promise<Stock>;
  #counts: SignCounts = firstGuess;
  #stock: Stock = new Map();
  /** When the last run began. */
  #due: Due = { keys: [], watermark: Number.NEGATIVE_INFINITY };
  /** What readers found while a run was under way: errors, or nothing. */
  readonly #looks: Promise<string | undefined>[] = [];
  /** What it did last, for finding out what went wrong. */
  last: KillMoment | undefined;

  constructor(lane: Lane, random: () => number) {
    this.lane = lane;
    this.#random = random;
    this.#unrest = unrestOf(lane, random);
    this.#takeStock = stocktaker(lane);
  }

  /** Runs until so many processes were killed. */
  async killedRuns(kills: number): Promise<void> {
    let left = kills;
    for (let runs = 0; left > 0 && runs < MOST_RUNS_A_ROUND; runs++) {
      await this.#goOn();
      this.last = pickMoment(this.#random, this.#counts);
      done.runs++;
      const { killedAt, status, stderr, signs } = await runProcess(this.lane, this.last, this.#meanwhile);
      if (killedAt === undefined) {
        expect(status, stderr).toBe(0);
        this.#counts = signs;
      } else {
        left--;
        this.killsIn.set(killedAt, (this.killsIn.get(killedAt) ?? 0) + 1);
      }
      await this.#check();
    }
    expect(left).toBe(0);
  }

  /** Lets a process run to its end while the vendor rests. */
  async runToTheEnd(): Promise<void> {
    await this.#goOn();
    const { status, stdout, stderr, signs } = await runProcess(this.lane, undefined);
    this.#counts = signs;
    expect({ status, outcome: JSON.parse(stdout).outcome }, stderr).toEqual({ status: 0, outcome: 'caught up' });
    await this.#check();
  }

  /** Compares the lake with one that was never disturbed. */
  async compare(): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'convlake-'));
    try {
      expect(await this.lane.run({ lake: folder })).toMatchObject({ outcome: 'caught up' });
      const undisturbed = await stocktaker({ stream: this.lane.stream, lake: folder })();
      done.rowsCompared += undisturbed.size;

      // A detail may be that of another moment, while nothing in the list told of a change.
      if (this.lane.details) expect(await lakeDifferences(this.lane)).toEqual(noDifferences);
      const here = [...this.#stock].filter(([key]) => undisturbed.has(key));
      const what = this.lane.details ? 0 : 1;
      const of = (stock: Iterable<readonly [string, string]>) => new Set([...stock].map((entry) => entry[what]));
      expect(of(here)).toEqual(of(undisturbed));
      // A row that vanished stays as it was shown; nothing else is there.
      const vanished = [...this.#stock].filter(([key]) => !undisturbed.has(key));
      for (const [key] of vanished) expect(this.lane.world.row(key)).toBeUndefined();
      expect(await readdir(join(this.lane.lake, '.tmp'))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async #goOn(): Promise<void> {
    this.lane.advance((5 + Math.floor(30 * this.#random())) * MINUTE_MS);
    const draw = this.#random();
    if (draw < 0.4) this.#unrest.day();
    if (draw > 0.7) this.#unrest.tie();
    for (let left = Math.floor(4 * this.#random()); left > 0; left--) this.#unrest.one();
    this.#due = await dueNow(this.lane);
  }

  readonly #meanwhile = {
    responding: () => {
      if (this.#random() < 0.15) this.#unrest.one();
    },
    // A reader that sees that an object has changed reads it at once; others read what they please.
    looking: (changed?: string) => {
      if (changed !== undefined) this.#look(() => wholeLines(changed, readFileSync(join(this.lane.lake, changed))));
      else if (this.#random() < 0.05) this.#look(() => this.#readAny());
    },
  };

  #look(read: () => unknown): void {
    if (this.#looks.length >= MOST_LOOKS_A_RUN) return;
    done.objectsRead++;
    this.#looks.push(new Promise((resolve) => resolve(read())).then(() => undefined, asText));
  }

  async #readAny(): Promise<void> {
    const keys = await objectKeys(this.lane);
    const key = keys[Math.floor(this.#random() * keys.length)];
    if (key !== undefined) await readWholeLines(this.lane.lake, key);
  }

  /** What must hold at any moment: whole objects, no key twice or gone or passed by, and the vendor's own lines. */
  async #check(): Promise<void> {
    expect((await Promise.all(this.#looks.splice(0))).filter((failure) => failure !== undefined)).toEqual([]);
    const stock = await this.#takeStock();
    expect(keysLost(this.#stock, stock)).toEqual([]);
    expect(await inventedLines(this.lane)).toEqual([]);
    expect(await keysPassedBy(this.lane, stock, this.#due)).toEqual([]);
    this.#stock = stock;
  }
}

async function killAndCompare(stream: StreamName, compiled: string): Promise<ReadonlyMap<Phase, number>> {
  const seed = SEED + [...streams.keys()].indexOf(stream);
  let drawn = 0;
  const lane = await openLane(stream, seed, compiled);
  const history = new History(lane, () => drawShare(seed, drawn++, 1));
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await history.killedRuns(KILLS_A_ROUND);
      await history.runToTheEnd();
      await history.compare();
    }
    return history.killsIn;
  } catch (cause) {
    const at = JSON.stringify({ seed, drawn, kills: countsText(history.killsIn), last: history.last });
    throw new Error(`${stream}, ${at}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  } finally {
    await lane.close();
  }
}

function asText(error: unknown): string {
  return String(error);
}

function countsText(counts: ReadonlyMap<Phase, number>): string {
  return PHASES.map((phase) => `${phase} ${counts.get(phase) ?? 0}`).join(', ');
}

test('processes that are killed at any moment, again and again, leave lakes that the next make exact', async () => {
  const compiled = await testFolder();
  const histories = await Promise.allSettled([...streams.keys()].map((stream) => killAndCompare(stream, compiled)));

  const failures = histories.flatMap((history) => (history.status === 'rejected' ? [history.reason] : []));
  if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('\n'));
  const all = histories.flatMap((history) => (history.status === 'fulfilled' ? [...history.value] : []));
  const counts = new Map(PHASES.map((phase) => [phase, sum(all.filter(([hit]) => hit === phase).map(([, n]) => n))]));
  const kills = sum([...counts.values()]);
  console.info(
    `kills: ${kills} of ${done.runs} processes were killed before they ended (${countsText(counts)}); ${done.rowsCompared} rows compared, ${done.objectsRead} objects read meanwhile`,
  );
  expect(kills).toBeGreaterThanOrEqual(200);
  const seen = PHASES.filter((phase) => phase !== 'rows in a spool' || hasProc);
  expect(seen.filter((phase) => counts.get(phase) === 0)).toEqual([]);
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
