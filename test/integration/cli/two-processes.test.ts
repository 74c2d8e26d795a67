import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StreamName, streams } from '../../../contract/streams.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { HOUR_MS, MINUTE_MS } from '../../support/durations.ts';
import { lakeDifferences, noDifferences } from '../../support/lake/lake-differences.ts';
import { vendorOf } from '../../support/run/scene.ts';

const COMMAND = join(import.meta.dirname, '../../../cli/convlake.ts');
const names = [...streams.keys()];

let folder: string;
let simulator: Simulator;
let nowMs: number;
let children: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convlake-'));
  nowMs = Date.parse('2026-05-20T10:30:00Z');
  children = [];
  // The clock of a run stands still, and no budget fills up again.
  const knobs = { salesloft: { pointsPerMinute: undefined }, voiceable: { requestsPerMinute: 1_000_000 } };
  simulator = await startSimulator({ rows: 200, days: 3, now: () => nowMs, knobs, remember: true });
  const entries = names.map((stream) => ({
    stream,
    tenant: simulator.tenant,
    credential: 'env:SIMULATED_KEY',
    baseUrl: simulator.baseUrl(stream),
    start: new Date(simulator.since).toISOString(),
    lookback: '2 days',
    pageSize: 20,
  }));
  await writeFile(config(), JSON.stringify({ stage: 'test', lake: lake(), streams: entries }));
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await simulator.close();
  await rm(folder, { recursive: true });
});

const config = () => join(folder, 'config.json');
const lake = () => join(folder, 'lake');

interface Ended {
  readonly status: number | null;
  readonly outcomes: readonly string[];
  readonly errors: string;
}

/** Begins an export of all streams in a process of its own. */
function begin(...more: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const now = new Date(nowMs + 10 * MINUTE_MS).toISOString();
  const args = [COMMAND, 'export', '--config', config(), '--json', '--now', now, ...more];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, SIMULATED_KEY: simulator.apiKey },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return { child, ended: ending(child) };
}

async function ending(child: ChildProcess): Promise<Ended> {
  let [output, errors] = ['', ''];
  child.stdout?.on('data', (text) => {
    output += text;
  });
  child.stderr?.on('data', (text) => {
    errors += text;
  });
  const [status] = await once(child, 'close');
  const outcomes = output
    .split('\n')
    .slice(0, -1)
    .map((line) => String(JSON.parse(line).outcome));
  return { status, outcomes, errors };
}

function changeSome(note: string): void {
  for (const stream of names) {
    const { world } = vendorOf(simulator, stream);
    const keys = [...world.current()].flatMap(({ key }) => key ?? []).slice(-60);
    for (const key of keys.filter((_, n) => n % 3 === 0)) world.change(key, { note });
    world.remove(keys[1] ?? '');
  }
}

async function differences(): Promise<Readonly<Record<string, unknown>>> {
  const of = async (stream: StreamName) =>
    [stream, await lakeDifferences({ stream, ...vendorOf(simulator, stream), lake: lake() })] as const;
  return Object.fromEntries(await Promise.all(names.map(of)));
}

const exact = Object.fromEntries(names.map((stream) => [stream, noDifferences]));
const allCaughtUp = { status: 0, outcomes: names.map(() => 'caught up') };

test('two processes at once on one lake end with the exact set, hour by hour', async () => {
  for (let hour = 0; hour < 3; hour++) {
    const both = await Promise.all([begin().ended, begin().ended]);

    for (const each of both) expect(each).toMatchObject(allCaughtUp);
    expect(await differences()).toEqual(exact);
    nowMs += HOUR_MS;
    changeSome(`hour ${hour}`);
  }
});

test('one that is killed beside another leaves nothing behind that the next does not put right', async () => {
  for (const after of [5, 40]) {
    let requests = 0;
    const killed = begin();
    const onRequest = () => {
      if (++requests === after) killed.child.kill('SIGKILL');
    };
    simulator.turn({
      crescendo: { onRequest },
      salesloft: { onRequest },
      voiceable: { onRequest },
      elevenlabs: { onRequest },
    });
    const [dead] = await Promise.all([killed.ended, begin().ended]);
    expect(dead.status).toBeNull();
    nowMs += HOUR_MS;
    changeSome(`after ${after}`);
  }

  const last = await begin().ended;

  expect(last).toMatchObject(allCaughtUp);
  expect(await differences()).toEqual(exact);
});

test('a broken object stops its own stream in the process, and no other', async () => {
  await begin().ended;
  const key = `crescendo_botconv/tenant=${simulator.tenant}/dt=2026-05-20/2026-05-20.ndjson.gz`;
  await writeFile(join(lake(), key), 'no rows');
  nowMs += HOUR_MS;
  changeSome('later');

  const { status, outcomes, errors } = await begin().ended;

  expect(status).toBe(1);
  expect(outcomes.toSorted()).toEqual([...names.slice(1).map(() => 'caught up'), 'failed']);
  expect(errors).toContain(key);
  await rm(join(lake(), key));
  const { 'crescendo.botconv': broken, ...others } = await differences();
  const { 'crescendo.botconv': _, ...rest } = exact;
  expect(broken).not.toEqual(noDifferences);
  expect(others).toEqual(rest);
});
