import { describe, expect, test } from 'vitest';
import { ConvlakeError } from '../../../functions/engine/errors.ts';
import { DAY_MS, HOUR_MS } from '../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../support/run/memory-ports.ts';
import { runOnce, ScriptedVendor, START_MS } from '../../support/vendor/scripted-vendor.ts';

const NOW = START_MS + 3 * DAY_MS;

function world(rows = 40) {
  const vendor = new ScriptedVendor();
  for (let i = 0; i < rows; i++) vendor.put(`id-${i}`, START_MS + i * 2 * HOUR_MS * 0.9, 0);
  return { vendor, lake: new MemoryLake(), checkpoint: new MemoryCheckpoint() };
}

function vendorLines(vendor: ScriptedVendor): string[] {
  return [...vendor.rows.values()].map(({ line }) => line).sort();
}

function lakeLines(lake: MemoryLake): string[] {
  return lake
    .lines()
    .map(({ line }) => line)
    .sort();
}

describe('exportStream', () => {
  test('writes every row once, in the partition of its own date', async () => {
    const { vendor, lake, checkpoint } = world();

    const summary = await runOnce(vendor, lake, checkpoint, { now: NOW });

    expect(summary.outcome).toBe('caught up');
    expect(summary.rows).toMatchObject({ read: 40, new: 40, changed: 0, unchanged: 0 });
    expect(lakeLines(lake)).toEqual(vendorLines(vendor));
    for (const { key, line } of lake.lines()) {
      const day = JSON.parse(line).DatetimeUTC.slice(0, 10);
      expect(key).toBe(`crescendo_vocconv/tenant=tenant-alpha/dt=${day}/${day}.ndjson.gz`);
    }
    expect(checkpoint.value).toMatchObject({ watermark: NOW, epoch: 0 });
  });

  test('writes nothing when nothing changed, though it reads the lookback again', async () => {
    const { vendor, lake, checkpoint } = world();
    await runOnce(vendor, lake, checkpoint, { now: NOW });
    const writes = lake.writes;

    const summary = await runOnce(vendor, lake, checkpoint, { now: NOW + HOUR_MS });

    expect(lake.writes).toBe(writes);
    expect(summary.rows.read).toBeGreaterThan(10);
    expect(summary.rows).toMatchObject({ new: 0, changed: 0 });
    expect(summary.rows.unchanged).toBe(summary.rows.read);
  });

  test('brings in rows that appear and change within the lookback, and keeps those that vanish', async () => {
    const { vendor, lake, checkpoint } = world();
    await runOnce(vendor, lake, checkpoint, { now: NOW });
    const kept = vendor.rows.get('id-39')?.line ?? '';
    vendor.put('id-38', START_MS + 38 * 2 * HOUR_MS * 0.9, 7);
    vendor.put('late', NOW - 20 * HOUR_MS, 1);
    vendor.remove('id-39');

    const summary = await runOnce(vendor, lake, checkpoint, { now: NOW + HOUR_MS });

    expect(summary.rows).toMatchObject({ new: 1, changed: 1 });
    expect(lakeLines(lake)).toEqual([...vendorLines(vendor), kept].sort());
  });

  test('reads the hole of an outage again from before it', async () => {
    const { vendor, lake, checkpoint } = world();
    await runOnce(vendor, lake, checkpoint, { now: NOW });
    await runOnce(vendor, lake, checkpoint, { now: NOW + HOUR_MS });
    // Changed an hour after the last run, which came ten days before the next.
    vendor.put('id-39', START_MS + 39 * 2 * HOUR_MS * 0.9, 9);

    await runOnce(vendor, lake, checkpoint, { now: NOW + 10 * DAY_MS });

    expect(lakeLines(lake)).toEqual(vendorLines(vendor));
  });

  test('lays rows without a time under the default partition, and moves one out when its time comes', async () => {
    const { vendor, lake, checkpoint } = world(4);
    vendor.put('later', null, 1, NOW - HOUR_MS);
    vendor.put('never', null, 1, NOW - HOUR_MS);
    await runOnce(vendor, lake, checkpoint, { now: NOW });
    const undated = () =>
      lake.lines().filter(({ key }) => key.endsWith('dt=__HIVE_DEFAULT_PARTITION__/undated.ndjson.gz'));
    const before = undated().length;
    vendor.put('later', NOW - HOUR_MS, 2);

    await runOnce(vendor, lake, checkpoint, { now: NOW + HOUR_MS });

    expect(before).toBe(2);
    expect(undated().map(({ line }) => JSON.parse(line).ID)).toEqual(['never']);
    expect(lakeLines(lake)).toEqual(vendorLines(vendor));
  });

  test.each(['dated first', 'undated first'])('in one run a time beats no time: %s', async (order) => {
    const { vendor, lake, checkpoint } = world(0);
    const [early, late] = order === 'dated first' ? [START_MS + HOUR_MS, null] : [null, START_MS + HOUR_MS];
    vendor.put('twice', early, 1, START_MS + HOUR_MS);
    vendor.onRequest = (request) => {
      if (request === 2) vendor.put('twice', late, 2, START_MS + 2 * DAY_MS + HOUR_MS);
    };

    await runOnce(vendor, lake, checkpoint, { now: NOW, settings: { concurrency: 1 } });

    const keys = lake.lines().map(({ key }) => key);
    expect(keys).toEqual(['crescendo_vocconv/tenant=tenant-alpha/dt=2026-03-01/2026-03-01.ndjson.gz']);
  });

  test('ends out of time with what it read, and goes on until it is caught up', async () => {
    const { vendor, lake, checkpoint } = world();
    let runs = 0;
    for (let outcome = ''; outcome !== 'caught up'; runs++) {
      let pages = 4;
      const timeLeftMs = () => (pages > 0 ? 1000 : 100);
      const effect = (name: string) => {
        if (name === 'response') pages--;
      };
      const summary = await runOnce(vendor, lake, checkpoint, { now: NOW + runs * HOUR_MS, effect, timeLeftMs });
      outcome = summary.outcome;
      expect(runs).toBeLessThan(60);
    }

    expect(runs).toBeGreaterThan(2);
    expect(lakeLines(lake)).toEqual(vendorLines(vendor));
  });
});

describe('a run that does not get to its end', () => {
  test('leaves the window as it is when the lake does not answer, and halves it when the vendor does not', async () => {
    const { vendor, lake, checkpoint } = world();
    const failing = (name: string, code: 'lake-unavailable' | 'vendor-unavailable') => (effect: string) => {
      if (effect.startsWith(name)) throw new ConvlakeError(code, 'retry', 'as planned');
    };

    const noLake = await runOnce(vendor, lake, checkpoint, { now: NOW, effect: failing('tagOf', 'lake-unavailable') });
    const kept = checkpoint.value?.window;
    const noVendor = await runOnce(vendor, lake, checkpoint, {
      now: NOW,
      effect: failing('request', 'vendor-unavailable'),
    });

    expect([noLake.outcome, noVendor.outcome]).toEqual(['failed', 'failed']);
    expect([kept, checkpoint.value?.window]).toEqual([undefined, DAY_MS / 2]);
  });

  test('gets on with a re-read although its first window holds a changed row of a day far off', async () => {
    const { vendor, lake, checkpoint } = world();
    const far = START_MS - 9 * DAY_MS;
    vendor.put('far', far, 1, NOW - HOUR_MS);
    await runOnce(vendor, lake, checkpoint, { now: NOW });
    const changed = vendor.put('far', far, 2, NOW - HOUR_MS);
    for (let run = 0; run < 8; run++) {
      let pages = 5;
      const timeLeftMs = () => (pages > 0 ? 1000 : 100);
      const effect = (name: string) => {
        if (name === 'response') pages--;
      };
      const settings = { windowMs: 4 * HOUR_MS, concurrency: 1 };
      await runOnce(vendor, lake, checkpoint, { now: NOW + 1000, settings, effect, timeLeftMs });
    }

    expect(lakeLines(lake)).toContain(changed);
    expect(checkpoint.value?.rereadFrom).toBe(NOW + 1000);
  });
});

describe('a run that dies', () => {
  class Death extends Error {}

  // Every effect of a run, one after another: death before it. The last ones are beyond the end.
  test.each(Array.from({ length: 70 }, (_, n) => n))('at effect %i loses and doubles nothing', async (last) => {
    const { vendor, lake, checkpoint } = world();
    let effects = 0;
    const effect = () => {
      if (effects++ >= last) throw new Death();
    };
    await runOnce(vendor, lake, checkpoint, { now: NOW, effect }).catch((error) => {
      if (!(error instanceof Death)) throw error;
    });
    const watermark = checkpoint.value?.watermark ?? START_MS;
    const durable = new Set(lakeLines(lake));
    for (const { line, filedAt } of vendor.rows.values()) if (filedAt < watermark) expect(durable).toContain(line);

    await runOnce(vendor, lake, checkpoint, { now: NOW });

    expect(lakeLines(lake)).toEqual(vendorLines(vendor));
  });
});

describe('two runs at once', () => {
  /** A run that freezes before its n-th effect until it is woken. */
  function freezing(at: number) {
    let wake: () => void = () => undefined;
    let frozen: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const isFrozen = new Promise<void>((resolve) => {
      frozen = resolve;
    });
    let effects = 0;
    const effect = async () => {
      if (++effects !== at) return;
      frozen();
      await woken;
    };
    return { effect, wake: () => wake(), isFrozen };
  }

  /** Gives every row of the last day a new value, as late fields do. */
  function changeRecent(vendor: ScriptedVendor, value: number): void {
    for (let i = 27; i < 40; i++) vendor.put(`id-${i}`, START_MS + i * 2 * HOUR_MS * 0.9, value);
  }

  test.each(Array.from({ length: 40 }, (_, n) => n + 1))(
    'one that froze at effect %i and woke after another brings no older row back',
    async (at) => {
      const { vendor, lake, checkpoint } = world();
      await runOnce(vendor, lake, checkpoint, { now: NOW });
      changeRecent(vendor, 1);
      const { effect, wake, isFrozen } = freezing(at);
      const slow = runOnce(vendor, lake, checkpoint, { now: NOW + HOUR_MS, effect });
      await Promise.race([isFrozen, slow]);
      changeRecent(vendor, 2);
      vendor.put('appeared', NOW - 2 * HOUR_MS, 2);
      await runOnce(vendor, lake, checkpoint, { now: NOW + 2 * HOUR_MS });
      expect(lakeLines(lake)).toEqual(vendorLines(vendor));

      wake();
      await slow;

      expect(lakeLines(lake)).toEqual(vendorLines(vendor));
    },
  );

  // The older reading is committed while the newer one waits to be: neither run can tell which is newer but by reading again.
  test.each(Array.from({ length: 14 }, (_, n) => 2 * n + 1))(
    'one frozen at effect %i with an older reading, which another with a newer one outlasts',
    async (at) => {
      for (let later = 1; later < 30; later += 2) {
        const { vendor, lake, checkpoint } = world();
        await runOnce(vendor, lake, checkpoint, { now: NOW });
        changeRecent(vendor, 1);
        const older = freezing(at);
        const first = runOnce(vendor, lake, checkpoint, { now: NOW + HOUR_MS, effect: older.effect });
        await Promise.race([older.isFrozen, first]);
        changeRecent(vendor, 2);
        const newer = freezing(later);
        const second = runOnce(vendor, lake, checkpoint, { now: NOW + 2 * HOUR_MS, effect: newer.effect });
        await Promise.race([newer.isFrozen, second]);

        older.wake();
        await first;
        newer.wake();
        await second;

        expect(lakeLines(lake)).toEqual(vendorLines(vendor));
      }
    },
  );

  test('that begin on an empty lake end with the exact set', async () => {
    const { vendor, lake, checkpoint } = world();

    await Promise.all([1, 2, 3].map(() => runOnce(vendor, lake, checkpoint, { now: NOW })));

    expect(lakeLines(lake)).toEqual(vendorLines(vendor));
  });
});
