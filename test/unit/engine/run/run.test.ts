import { describe, expect, test } from 'vitest';
import { backfillStream } from '../../../../functions/engine/export-stream.ts';
import { DAY_MS, HOUR_MS } from '../../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../../support/run/memory-ports.ts';
import {
  portsOf,
  runOnce,
  ScriptedVendor,
  START_MS,
  scriptedSettings,
} from '../../../support/vendor/scripted-vendor.ts';

const NOW = START_MS + 10 * DAY_MS;

function world() {
  return { vendor: new ScriptedVendor(), lake: new MemoryLake(), checkpoint: new MemoryCheckpoint() };
}

const lines = (lake: MemoryLake) =>
  lake
    .lines()
    .map(({ line }) => line)
    .sort();
const shown = (vendor: ScriptedVendor) => [...vendor.rows.values()].map(({ line }) => line).sort();

describe('a run', () => {
  test('takes in a change of a row whose own date lies far from the window that returns it', async () => {
    const { vendor, lake, checkpoint } = world();
    vendor.put('far', START_MS + HOUR_MS, 1, NOW - HOUR_MS);
    await runOnce(vendor, lake, checkpoint, { now: NOW });
    vendor.put('far', START_MS + HOUR_MS, 2, NOW - HOUR_MS);

    const summary = await runOnce(vendor, lake, checkpoint, { now: NOW + HOUR_MS });

    expect(summary).toMatchObject({ outcome: 'caught up', rows: { changed: 1 } });
    expect(lines(lake)).toEqual(shown(vendor));
  });

  test('that ends after another of the same first load, and behind it, does not make that forget what to read again', async () => {
    const { vendor, lake, checkpoint } = world();
    const settings = { concurrency: 1, deep: { at: '03:00', lookbackMs: 0 } };
    for (let hour = 0; hour < 240; hour += 5) vendor.put(`id-${hour}`, START_MS + hour * HOUR_MS, 0);
    let requests = 0;
    const slow = async (name: string) => {
      if (name !== 'request' || ++requests !== 6) return;
      await runOnce(vendor, lake, checkpoint, { now: NOW, settings });
      throw new Error('the vendor is down');
    };
    await runOnce(vendor, lake, checkpoint, { now: NOW, effect: slow, settings }).catch(() => undefined);
    vendor.put('id-235', START_MS + 235 * HOUR_MS, 1);

    await runOnce(vendor, lake, checkpoint, { now: NOW + 20 * HOUR_MS, settings });
    await runOnce(vendor, lake, checkpoint, { now: NOW + 40 * HOUR_MS, settings });

    expect(lines(lake)).toEqual(shown(vendor));
  });
});

describe('a backfill', () => {
  test('cut short again and again gets to its end, by smaller windows where one day is too much for a run', async () => {
    const { vendor, lake, checkpoint } = world();
    for (let i = 0; i < 40; i++) vendor.put(`id-${i}`, START_MS + i * HOUR_MS, 0);
    let outcome = '';
    for (let runs = 0; outcome !== 'caught up'; runs++) {
      expect(runs).toBeLessThan(30);
      let pages = 3;
      const effect = (name: string) => {
        if (name === 'response') pages--;
      };
      const timeLeftMs = () => (pages > 0 ? 1000 : 100);
      const ports = portsOf(vendor, lake, checkpoint, { now: NOW, effect, timeLeftMs });
      const span = { from: START_MS, to: START_MS + 2 * DAY_MS };
      ({ outcome } = await backfillStream({ ...scriptedSettings, concurrency: 1 }, span, vendor.dialect, ports));
    }

    expect(lines(lake)).toEqual(shown(vendor));
    expect(checkpoint.value).toBeUndefined();
  });
});
