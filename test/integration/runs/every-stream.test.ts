import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type StreamName, streams } from '../../../contract/streams.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { HOUR_MS } from '../../support/durations.ts';
import { lakeDifferences, noDifferences } from '../../support/lake/lake-differences.ts';
import { liveRun } from '../../support/run/live-export.ts';
import { vendorOf } from '../../support/run/scene.ts';

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

/** The clock of a run stands still, and no budget fills up again. */
const knobs = { salesloft: { pointsPerMinute: undefined }, voiceable: { requestsPerMinute: 1_000_000 } };

/** How the lake differs from what the vendor has. */
function differences(stream: StreamName) {
  return lakeDifferences({ stream, ...vendorOf(simulator, stream), lake: folder });
}

describe.each([...streams.keys()])('%s over HTTP into files', (stream) => {
  test('holds what the vendor holds, and writes nothing when nothing changed', async () => {
    simulator = await startSimulator({ rows: 1500, days: 12, now: () => nowMs, knobs, remember: true });

    const first = await liveRun({ simulator, stream, lake: folder, now: nowMs + 10 * 60_000 });
    const before = await Promise.all(first.objects.map(({ key }) => stat(join(folder, key))));
    const again = await liveRun({ simulator, stream, lake: folder, now: nowMs + 20 * 60_000 });

    expect(first.error).toBeUndefined();
    expect(first.outcome).toBe('caught up');
    expect(await differences(stream)).toEqual(noDifferences);
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
      knobs: { ...knobs, crescendo: { ratingWithinMs: 2 * HOUR_MS } },
      remember: true,
    });
    for (let hour = 0; hour < 30; hour += 3) {
      nowMs += 3 * HOUR_MS;
      await liveRun({ simulator, stream, lake: folder, now: nowMs + 10 * 60_000 });
    }

    expect(await differences(stream)).toEqual(noDifferences);
  });
});
