import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { streamDefinition, streams } from '../../../contract/streams.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { HOUR_MS } from '../../support/durations.ts';
import { type LakeLine, lakeLines, liveRun } from '../../support/run/live-export.ts';

let folder: string;
let simulator: Simulator;
let nowMs: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convlake-'));
  nowMs = Date.parse('2026-05-20T10:30:00Z');
});

afterEach(async () => {
  await simulator.close();
  await rm(folder, { recursive: true });
});

/** What the lake should hold when the vendor's rows stand as they do. */
function expected(stream: Parameters<Simulator['world']>[0]): LakeLine[] {
  return [...simulator.world(stream).current()].map(({ time, line }) => ({
    dt: new Date(time).toISOString().slice(0, 10),
    line,
  }));
}

function sorted(lines: readonly LakeLine[]): string[] {
  return lines.map(({ dt, line }) => `${dt} ${line}`).sort();
}

describe.each([...streams.keys()])('%s over HTTP into files', (stream) => {
  const { table } = streamDefinition(stream);

  test('holds what the vendor holds, and writes nothing when nothing changed', async () => {
    simulator = await startSimulator({ rows: 1500, days: 12, now: () => nowMs });

    const first = await liveRun({ simulator, stream, lake: folder, now: nowMs + 10 * 60_000 });
    const lines = await lakeLines(folder, table);
    const before = await Promise.all(first.objects.map(({ key }) => stat(join(folder, key))));
    const again = await liveRun({ simulator, stream, lake: folder, now: nowMs + 20 * 60_000 });

    expect(first.error).toBeUndefined();
    expect(first.outcome).toBe('caught up');
    expect(sorted(lines)).toEqual(sorted(expected(stream)));
    expect(again.objects).toEqual([]);
    expect(again.rows).toMatchObject({ new: 0, changed: 0 });
    const after = await Promise.all(first.objects.map(({ key }) => stat(join(folder, key))));
    expect(after.map(({ ino, mtimeMs }) => [ino, mtimeMs])).toEqual(before.map(({ ino, mtimeMs }) => [ino, mtimeMs]));
  });

  test('follows what is new and what changes, hour by hour', async () => {
    // Ratings come within the lookback of every stream; those that come later are the daily deep re-read's.
    simulator = await startSimulator({
      rows: 1500,
      days: 12,
      now: () => nowMs,
      knobs: { crescendo: { ratingWithinMs: 2 * HOUR_MS } },
    });
    for (let hour = 0; hour < 30; hour += 3) {
      nowMs += 3 * HOUR_MS;
      await liveRun({ simulator, stream, lake: folder, now: nowMs + 10 * 60_000 });
    }

    expect(sorted(await lakeLines(folder, table))).toEqual(sorted(expected(stream)));
  });
});
