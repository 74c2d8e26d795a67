import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished } from 'vitest';
import { type StreamName, streams } from '../../../contract/streams.ts';
import { draw } from '../../simulator/rows/random.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { HOUR_MS, MINUTE_MS } from '../../support/durations.ts';
import { lakeDifferences, noDifferences } from '../../support/lake/lake-differences.ts';
import { vendorOf } from '../../support/run/scene.ts';
import { PROGRAM } from './lane.ts';
import { keysLost, type Stock, stocktaker } from './stock.ts';
import { type Due, dueNow, keysPassedBy } from './watermark.ts';

/** What the command line told of one stream. */
export interface Told {
  readonly stream: StreamName;
  readonly outcome: string;
  readonly error?: string;
}

/** The streams of one configuration, and a lake to which they are exported in a process of its own. */
export interface Site {
  readonly simulator: Simulator;
  /** As the exporting process names it. */
  readonly lake: string;
  /** Half an hour goes by, and rows of the last two days change, so that every run has something to write. */
  goOn(): void;
  /** Runs the command line by way of another command, such as one that takes rights away; `beforeStart` is called last before it starts. */
  run(
    through?: readonly string[],
    beforeStart?: () => void,
  ): Promise<{ readonly status: unknown; readonly told: readonly Told[] }>;
  /** Fails unless what a run left behind is sound, however it ended: whole objects, no row doubled, lost or passed by. */
  expectSound(): Promise<void>;
  /** What processes left in the lake's temporary folder. */
  leftovers(): Promise<readonly string[]>;
  /** Runs once more, with nothing in its way, and fails unless the lake is exact then; how many rows were compared. */
  expectExactAfterRun(through?: readonly string[]): Promise<number>;
}

/** Where a site is. */
export interface SiteLocation {
  /** The lake is in it. */
  readonly folder: string;
  /** Its streams. Default: all. */
  readonly names?: readonly StreamName[];
  /** Where this process finds what the exporting one has at a path, if it is not the same. */
  readonly seen?: (path: string) => string;
}

/** Opens a site, which ends with the test. */
export async function openSite(
  seed: number,
  { folder, names = [...streams.keys()], seen = (path) => path }: SiteLocation,
): Promise<Site> {
  let nowMs = Date.parse('2026-05-20T10:30:00Z');
  // The clock of a run stands still, and no budget fills up again.
  const knobs = { salesloft: { pointsPerMinute: undefined }, voiceable: { requestsPerMinute: 1_000_000 } };
  const simulator = await startSimulator({ seed, rows: 120, days: 2, now: () => nowMs, knobs, remember: true });
  onTestFinished(() => simulator.close());
  const lake = join(folder, 'lake');
  const configured = names.map((stream) => ({
    stream,
    tenant: simulator.tenant,
    credential: 'env:SIMULATED_KEY',
    baseUrl: simulator.baseUrl(stream),
    start: new Date(simulator.since).toISOString(),
    lookback: '5 days',
    pageSize: 20,
  }));
  const configuration = `${folder}.json`;
  await writeFile(configuration, JSON.stringify({ stage: 'test', lake, streams: configured }));
  onTestFinished(() => rm(configuration));

  const exporters = names.map((stream) => {
    const exporter = { stream, ...vendorOf(simulator, stream), lake: seen(lake), simulator };
    return { exporter, takeStock: stocktaker(exporter), stock: new Map() as Stock, due: undefined as Due | undefined };
  });
  let changes = 0;

  const run: Site['run'] = async (through = [], beforeStart = () => {}) => {
    for (const each of exporters) each.due = await dueNow(each.exporter);
    beforeStart();
    const now = new Date(nowMs + 10 * MINUTE_MS).toISOString();
    const program = [process.execPath, PROGRAM, 'export', '--config', configuration, '--json', '--now', now];
    const [command = '', ...args] = [...through, ...program];
    const environment = {
      SIMULATED_KEY: simulator.apiKey,
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: join(folder, 'compiled'), // a run takes half the time to start
    };
    const child = spawn(command, args, {
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const closed = once(child, 'close');
    const stdout = await text(child.stdout);
    const [status]: unknown[] = await closed;
    const lines = stdout.split('\n').filter((line) => line !== '');
    return { status, told: lines.map((line) => JSON.parse(line) as Told) };
  };
  const expectSound = async () => {
    for (const each of exporters) {
      const stock = await each.takeStock();
      expect(keysLost(each.stock, stock)).toEqual([]);
      if (each.due) expect(await keysPassedBy(each.exporter, stock, each.due)).toEqual([]);
      each.stock = stock;
    }
  };
  const leftovers = () => readdir(join(seen(lake), '.tmp'));
  return {
    simulator,
    lake,
    goOn() {
      nowMs += HOUR_MS / 2;
      for (const { exporter } of exporters) {
        const keys = [...exporter.world.current()].flatMap(({ key }) => key ?? []);
        for (const key of keys) exporter.world.change(key, { note: noise(seed, ++changes) });
      }
    },
    run,
    expectSound,
    leftovers,
    async expectExactAfterRun(through) {
      const { status, told } = await run(through);
      expect(told.filter(({ outcome }) => outcome !== 'caught up')).toEqual([]);
      expect(status).toBe(0);
      await expectSound();
      expect(await leftovers()).toEqual([]);
      for (const { exporter } of exporters) expect(await lakeDifferences(exporter)).toEqual(noDifferences);
      return exporters.reduce((rows, { stock }) => rows + stock.size, 0);
    },
  };
}

/** A folder for a site, with an empty lake in it; it ends with the test. */
export async function siteFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'convlake-site-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'lake'));
  return folder;
}

/** A kilobyte of text that does not get smaller. */
function noise(seed: number, ordinal: number): string {
  const words = Uint32Array.from({ length: 192 }, (_, n) => draw(seed, ordinal * 192 + n, 3));
  return Buffer.from(words.buffer).toString('base64');
}
