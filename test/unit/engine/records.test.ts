import { describe, expect, test } from 'vitest';
import { backfillStream } from '../../../functions/engine/export-stream.ts';
import type { RunEvent } from '../../../functions/engine/ports.ts';
import { DAY_MS, HOUR_MS } from '../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../support/run/memory-ports.ts';
import {
  portsOf,
  type RunOptions,
  runOnce,
  ScriptedVendor,
  START_MS,
  scriptedSettings,
} from '../../support/vendor/scripted-vendor.ts';

const OLD_LAKE = 's3://old-bucket/lake';
const NEW_LAKE = 's3://new-bucket/lake';
const SPAN = { from: START_MS, to: START_MS + 10 * DAY_MS };

function vendorOfTenDays(): ScriptedVendor {
  const vendor = new ScriptedVendor(10);
  for (let day = 0; day < 10; day++) vendor.put(`id-${day}`, START_MS + day * DAY_MS + 5, 1);
  return vendor;
}

/** A backfill that was cut short, and the way to call it again. */
async function cutShort() {
  const vendor = vendorOfTenDays();
  const record = new MemoryCheckpoint();
  const run = (lakeName: string, lake: MemoryLake, options: RunOptions, span = SPAN) => {
    const settings = { ...scriptedSettings, concurrency: 1, lake: lakeName };
    return backfillStream(settings, span, vendor.dialect, portsOf(vendor, lake, record, options));
  };
  const oldLake = new MemoryLake();
  let pages = 5;
  const first = await run(OLD_LAKE, oldLake, {
    now: SPAN.to,
    timeLeftMs: () => (pages > 0 ? 1000 : 100),
    effect: (name) => {
      if (name === 'response') pages--;
    },
  });
  expect(first).toMatchObject({ outcome: 'out of time', rows: { new: 5 } });
  return { record, oldLake, run };
}

describe('the record of a backfill', () => {
  test('is where the same one goes on, and is removed when it is done', async () => {
    const { record, oldLake, run } = await cutShort();

    const summary = await run(OLD_LAKE, oldLake, { now: SPAN.to + 6 * DAY_MS });

    expect(summary).toMatchObject({ outcome: 'caught up', rows: { read: 5, new: 5 } });
    expect(record.value).toBeUndefined();
  });

  test('of another lake is refused, by both names and with the command that begins anew', async () => {
    const { record, run } = await cutShort();
    const before = record.value;

    const backfill = run(NEW_LAKE, new MemoryLake(), { now: SPAN.to });

    await expect(backfill).rejects.toMatchObject({ code: 'configuration-invalid', recovery: 'stop-stream' });
    await expect(backfill).rejects.toThrow(OLD_LAKE);
    await expect(backfill).rejects.toThrow(NEW_LAKE);
    await expect(backfill).rejects.toThrow(
      'convlake backfill --stream crescendo.vocconv --tenant tenant-alpha --from 2026-03-01T00:00:00.000Z --to 2026-03-11T00:00:00.000Z --anew',
    );
    expect(record.value).toBe(before);
  });

  test('of a folder goes with it, wherever it is moved', async () => {
    const { oldLake, run } = await cutShort();

    await expect(run('./moved', oldLake, { now: SPAN.to })).resolves.toMatchObject({ rows: { read: 5 } });
  });

  test('of another span is refused', async () => {
    const { oldLake, run } = await cutShort();
    const later = { from: SPAN.from + DAY_MS, to: SPAN.to };
    const shorter = { from: SPAN.from, to: SPAN.from + DAY_MS };

    for (const span of [later, shorter]) {
      await expect(run(OLD_LAKE, oldLake, { now: SPAN.to }, span)).rejects.toThrow(/another span, which begins at/);
    }
  });

  test.each([
    ['rested for more than a week', 7 * DAY_MS + 1],
    ['was noted by a clock that was ahead', -HOUR_MS - 1],
  ])('that %s is told, and the backfill begins anew', async (_, restedMs) => {
    const { oldLake, run } = await cutShort();
    const events: RunEvent[] = [];

    const summary = await run(OLD_LAKE, oldLake, { now: SPAN.to + restedMs, observe: (event) => events.push(event) });

    expect(summary).toMatchObject({ outcome: 'caught up', rows: { read: 10, new: 5 } });
    expect(events).toContainEqual({ event: 'warning', message: expect.stringContaining('it begins anew') });
  });
});

describe('an order to rewind', () => {
  function world() {
    const [vendor, lake, checkpoint] = [vendorOfTenDays(), new MemoryLake(), new MemoryCheckpoint()];
    const run = (name: string) => runOnce(vendor, lake, checkpoint, { now: SPAN.to, settings: { lake: name } });
    return { checkpoint, run };
  }

  test('for another lake is refused, by both names and with the command that orders it for this one', async () => {
    const { checkpoint, run } = world();
    await run(OLD_LAKE);
    checkpoint.rewind = { epoch: 1, watermark: START_MS, lake: OLD_LAKE };

    await expect(run(NEW_LAKE)).rejects.toThrow(
      new RegExp(
        `${OLD_LAKE}.*${NEW_LAKE}.*: convlake rewind --stream crescendo.vocconv --tenant tenant-alpha --to 2026-03-01T00:00:00.000Z --yes$`,
      ),
    );
  });

  test('is nobody’s any more once it was carried out', async () => {
    const { checkpoint, run } = world();
    await run(OLD_LAKE);
    checkpoint.rewind = { epoch: 1, watermark: START_MS, lake: NEW_LAKE };
    await run(NEW_LAKE);
    checkpoint.value = checkpoint.value && { ...checkpoint.value, lake: 's3://third' };

    await expect(run('s3://third')).resolves.toMatchObject({ outcome: 'caught up' });
  });

  test('is named with an instant that it may have, where the checkpoint is behind a later start', async () => {
    const { checkpoint, run } = world();
    await run(OLD_LAKE);
    checkpoint.value = checkpoint.value && { ...checkpoint.value, watermark: START_MS - DAY_MS };

    await expect(run(NEW_LAKE)).rejects.toThrow('--to 2026-02-28T00:00:00.000Z --force --yes');
  });
});
