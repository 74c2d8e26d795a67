import { describe, expect, test } from 'vitest';
import { parseIsoInstant } from '../../../contract/instant.ts';
import type { RunEvent } from '../../../functions/engine/ports.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../support/run/memory-ports.ts';
import { type RunOptions, runOnce, ScriptedVendor, START_MS } from '../../support/vendor/scripted-vendor.ts';

const NOW = START_MS + 10 * DAY_MS;
const iso = (at: number) => new Date(at).toISOString();

/** A vendor with a row every five hours, up to `until` at first. */
function world(until = NOW) {
  const vendor = new ScriptedVendor();
  const lake = new MemoryLake();
  const checkpoint = new MemoryCheckpoint();
  let at = START_MS;
  const grow = (to: number) => {
    for (; at < to; at += 5 * HOUR_MS) vendor.put(iso(at), at, 0);
  };
  grow(until);
  return { vendor, lake, checkpoint, grow, run: (options: RunOptions) => runOnce(vendor, lake, checkpoint, options) };
}

function missing({ vendor, lake }: ReturnType<typeof world>): string[] {
  const held = new Set(lake.lines().map(({ line }) => line));
  return [...vendor.rows].filter(([, { line }]) => !held.has(line)).map(([id]) => id);
}

describe('a watermark ahead of now', () => {
  test('by an hour has nothing new, and what changed is read again', async () => {
    const at = world();
    await at.run({ now: NOW });
    const id = iso(START_MS + 230 * HOUR_MS);
    at.vendor.put(id, Date.parse(id), 7);

    const summary = await at.run({ now: NOW - HOUR_MS });

    expect(summary).toMatchObject({ outcome: 'caught up', rows: { new: 0, changed: 1 }, watermark: NOW });
  });

  test('by more stops the stream, names both times and the command that sets it back, and writes nothing', async () => {
    const at = world();
    await at.run({ now: NOW + 60 * DAY_MS });
    const before = at.checkpoint.value;

    const run = at.run({ now: NOW + HOUR_MS });

    await expect(run).rejects.toMatchObject({ code: 'clock-ahead', recovery: 'stop-stream' });
    await expect(run).rejects.toThrow(iso(NOW + 60 * DAY_MS));
    await expect(run).rejects.toThrow(iso(NOW + HOUR_MS));
    await expect(run).rejects.toThrow(
      /: convlake rewind --stream crescendo\.vocconv --tenant tenant-alpha --to [^ ]+ --yes$/,
    );
    expect(at.checkpoint.value).toBe(before);
  });

  test('is put right by that command: no row of the time that was passed over is missing', async () => {
    const at = world();
    await at.run({ now: NOW });
    await at.run({ now: NOW + 60 * DAY_MS });
    at.grow(NOW + 3 * DAY_MS);
    const late = START_MS + 9 * DAY_MS + MINUTE_MS;
    at.vendor.put('late', late, 0);
    const error = await at.run({ now: NOW + 3 * DAY_MS }).catch((thrown: Error) => thrown);
    const [, to = ''] = / --to ([^ ]+) /.exec(error instanceof Error ? error.message : '') ?? [];

    at.checkpoint.rewind = { epoch: 1, watermark: parseIsoInstant(to) ?? 0 };
    const summary = await at.run({ now: NOW + 3 * DAY_MS });

    expect(summary.watermark).toBe(NOW + 3 * DAY_MS);
    expect(missing(at)).toEqual([]);
  });

  test('leaves no re-read undone once it is put right', async () => {
    const at = world();
    await at.run({ now: NOW });
    // The re-reads of two such runs leave their own traces in the future.
    await at.run({ now: NOW + 60 * DAY_MS });
    await at.run({ now: NOW + 60 * DAY_MS + HOUR_MS });
    at.checkpoint.rewind = { epoch: 1, watermark: NOW - DAY_MS };
    await at.run({ now: NOW + HOUR_MS });
    at.vendor.put('late', NOW - 12 * HOUR_MS, 0);

    await at.run({ now: NOW + 2 * HOUR_MS });

    expect(missing(at)).toEqual([]);
  });
});

describe("the vendor's own clock", () => {
  const ahead = { now: NOW + 2 * DAY_MS, vendorNow: () => NOW };

  test('bounds the watermark, five minutes apart at most, with one warning', async () => {
    const at = world();
    const warnings: RunEvent[] = [];
    const observe = (event: RunEvent) => {
      if (event.event === 'warning') warnings.push(event);
    };

    const summary = await at.run({ ...ahead, observe });

    expect(summary).toMatchObject({ outcome: 'caught up', watermark: NOW + 5 * MINUTE_MS });
    expect(warnings).toEqual([
      { event: 'warning', message: expect.stringContaining(`it is not yet ${iso(NOW + 5 * MINUTE_MS)}`) },
    ]);
  });

  test('lets no row be passed over by a machine whose clock is ahead, and then right again', async () => {
    const at = world();
    await at.run({ now: NOW, vendorNow: () => NOW });
    await at.run(ahead);
    at.grow(NOW + DAY_MS);
    await at.run({ now: NOW + DAY_MS, vendorNow: () => NOW + DAY_MS });

    expect(missing(at)).toEqual([]);
    expect(at.checkpoint.value).toMatchObject({ watermark: NOW + DAY_MS });
  });

  test('is that of the beginning of a walk, however long the walk takes', async () => {
    const at = world();
    let responses = 0;
    const effect = (name: string) => {
      if (name === 'response') responses++;
    };
    const vendorNow = () => NOW - DAY_MS + responses * HOUR_MS;

    const summary = await at.run({ now: NOW, vendorNow, effect, settings: { startMs: NOW - DAY_MS } });

    expect(responses).toBeGreaterThan(1);
    expect(summary.watermark).toBe(NOW - DAY_MS + HOUR_MS + 5 * MINUTE_MS);
  });

  test('does not send requests for days that the vendor cannot have yet', async () => {
    const at = world();
    await at.run({ now: NOW, vendorNow: () => NOW });
    const before = at.vendor.requests;

    await at.run({
      now: NOW + 60 * DAY_MS,
      vendorNow: () => NOW,
      settings: { concurrency: 1, lookbackMs: 0, deep: { at: '03:00', lookbackMs: 0 } },
    });

    expect(at.vendor.requests - before).toBe(1);
  });

  test('that is behind takes no watermark back', async () => {
    const at = world();
    await at.run({ now: NOW });

    const summary = await at.run({ now: NOW + HOUR_MS, vendorNow: () => NOW - DAY_MS });

    expect(summary.watermark).toBe(NOW);
  });

  test('keeps a first load from counting as final what was not', async () => {
    const at = world(NOW - 5 * HOUR_MS);
    await at.run(ahead);
    at.vendor.put('late', NOW - 4 * HOUR_MS, 0);

    await at.run({ now: NOW + 20 * HOUR_MS, vendorNow: () => NOW + 20 * HOUR_MS });
    await at.run({ now: NOW + 21 * HOUR_MS, vendorNow: () => NOW + 21 * HOUR_MS });

    expect(missing(at)).toEqual([]);
  });
});
