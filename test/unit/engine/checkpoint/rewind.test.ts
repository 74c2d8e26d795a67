import { describe, expect, test } from 'vitest';
import { rewound } from '../../../../functions/engine/checkpoint/rewind.ts';
import type { Checkpoint } from '../../../../functions/engine/checkpoint.ts';
import { exportStream } from '../../../../functions/engine/export-stream.ts';
import type { Span } from '../../../../functions/engine/source.ts';
import { DAY_MS, HOUR_MS } from '../../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../../support/run/memory-ports.ts';
import {
  portsOf,
  runOnce,
  ScriptedVendor,
  START_MS,
  scriptedSettings,
} from '../../../support/vendor/scripted-vendor.ts';

const NOW = START_MS + 6 * DAY_MS;
const settings = { startMs: START_MS, lake: 's3://lake' };
const checkpoint: Checkpoint = {
  epoch: 1,
  watermark: NOW,
  seen: NOW - HOUR_MS,
  walk: { at: '2026-03-05T00:00:00Z' },
  owed: NOW - 2 * HOUR_MS,
  rereadFrom: NOW - DAY_MS,
  reread: { from: START_MS, to: NOW, deep: true, place: NOW - DAY_MS },
  deep: NOW - HOUR_MS,
  window: HOUR_MS,
  start: START_MS,
  lake: 's3://other',
  updatedAt: NOW,
  run: 'r',
};

describe('a rewind', () => {
  test('is nothing to a checkpoint of its epoch or a later one', () => {
    expect(rewound(checkpoint, undefined, settings)).toBe(checkpoint);
    expect(rewound(checkpoint, { epoch: 1, watermark: START_MS }, settings)).toBe(checkpoint);
  });

  test('goes back, forgets places that would be skipped to, and keeps what is owed', () => {
    const watermark = START_MS + DAY_MS;

    const base = rewound(checkpoint, { epoch: 2, watermark }, settings);

    expect(base).toEqual({
      epoch: 2,
      watermark,
      seen: watermark,
      owed: NOW - 2 * HOUR_MS,
      rereadFrom: NOW - DAY_MS,
      window: HOUR_MS,
      start: START_MS,
      lake: 's3://lake',
      updatedAt: NOW,
      run: 'r',
    });
  });

  test('keeps of a history what lies before it: all else is read again as what is new', () => {
    const at = (history: Span, watermark: number) =>
      rewound({ ...checkpoint, history }, { epoch: 2, watermark }, settings)?.history;
    const history = { from: START_MS, to: START_MS + 3 * DAY_MS };

    expect(at(history, START_MS + 4 * DAY_MS)).toEqual(history);
    expect(at(history, START_MS + DAY_MS)).toEqual({ from: START_MS, to: START_MS + DAY_MS });
    expect(at(history, START_MS)).toBeUndefined();
  });

  test('never goes forward, and makes a first run take its epoch', () => {
    expect(rewound(checkpoint, { epoch: 2, watermark: NOW + DAY_MS }, settings)?.watermark).toBe(NOW);
    expect(rewound(undefined, { epoch: 3, watermark: NOW }, settings)).toMatchObject({ epoch: 3, watermark: START_MS });
  });
});

describe('a run after a rewind', () => {
  function world() {
    const vendor = new ScriptedVendor();
    for (let hour = 0; hour < 120; hour += 5) vendor.put(`id-${hour}`, START_MS + hour * HOUR_MS, 0);
    return { vendor, lake: new MemoryLake(), checkpoint: new MemoryCheckpoint() };
  }

  test('reads again from there, once', async () => {
    const { vendor, lake, checkpoint } = world();
    await runOnce(vendor, lake, checkpoint, { now: NOW });
    const line = vendor.put('id-5', START_MS + 5 * HOUR_MS, 7); // beyond every lookback
    checkpoint.rewind = { epoch: 1, watermark: START_MS };

    const first = await runOnce(vendor, lake, checkpoint, { now: NOW + HOUR_MS });
    const second = await runOnce(vendor, lake, checkpoint, { now: NOW + 30 * DAY_MS });

    expect(first.rows).toMatchObject({ changed: 1 });
    expect(lake.lines().map((one) => one.line)).toContain(line);
    expect(checkpoint.value).toMatchObject({ epoch: 1, watermark: NOW + 30 * DAY_MS });
    expect(second.rows.changed).toBe(0);
  });

  test('that was at work when it was ordered does not undo it', async () => {
    const { vendor, lake, checkpoint } = world();
    await runOnce(vendor, lake, checkpoint, { now: NOW });
    vendor.onRequest = () => {
      checkpoint.rewind = { epoch: 1, watermark: START_MS };
    };
    const claim = { run: 'request', until: NOW + DAY_MS };

    await exportStream(
      scriptedSettings,
      vendor.dialect,
      portsOf(vendor, lake, checkpoint, { now: NOW + HOUR_MS }),
      claim,
    );

    expect(checkpoint.value).toMatchObject({ epoch: 0, watermark: NOW });
    expect(checkpoint.value).not.toHaveProperty('claim');
    await runOnce(vendor, lake, checkpoint, { now: NOW + HOUR_MS });
    expect(checkpoint.value).toMatchObject({ epoch: 1, watermark: NOW + HOUR_MS });
  });

  test('reads everything into another bucket, which it refuses without', async () => {
    const { vendor, checkpoint } = world();
    await runOnce(vendor, new MemoryLake(), checkpoint, { now: NOW, settings: { lake: 's3://old' } });
    const moved = new MemoryLake();
    const run = () => runOnce(vendor, moved, checkpoint, { now: NOW, settings: { lake: 's3://new' } });

    await expect(run()).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: /another lake, s3:\/\/old, and this is s3:\/\/new; .* convlake rewind --to 2026-03-01T00:00:00\.000Z/,
    });
    checkpoint.rewind = { epoch: 1, watermark: START_MS };
    await run();

    expect(moved.lines()).toHaveLength(vendor.rows.size);
    expect(checkpoint.value).toMatchObject({ lake: 's3://new', epoch: 1 });
  });
});
