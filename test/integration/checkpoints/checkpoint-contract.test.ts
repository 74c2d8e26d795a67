import { afterAll, describe, expect, test } from 'vitest';
import type { Checkpoint } from '../../../functions/engine/checkpoint.ts';
import { storeKinds } from '../../support/lake/checkpoint-stores.ts';

const live = { source: 'crescendo', stream: 'crescendo.vocconv', tenant: 'a' } as const;
const backfill = { from: Date.UTC(2025, 0, 1), to: Date.UTC(2025, 1, 1) };

function checkpointAt(watermark: number): Checkpoint {
  return { epoch: 1, watermark, start: 0, lake: './lake', updatedAt: watermark, run: 'run-1' };
}

const fullCheckpoint: Checkpoint = {
  ...checkpointAt(1000),
  seen: 2000,
  walk: { at: '2026-01-02T03:04:05.678901Z', tied: { createdFrom: '2026-01-01T00:00:00Z' } },
  owed: 500,
  rereadFrom: 700,
  reread: { from: 1000, to: 9000, deep: true, place: 4000, walk: { at: 'x"y' } },
  deep: 300,
  window: 3_600_000,
};

const unreadable = (message: RegExp) =>
  expect.objectContaining({
    code: 'checkpoint-unreadable',
    recovery: 'stop-stream',
    message: expect.stringMatching(message),
  });

const { kinds, stop } = await storeKinds();
afterAll(stop);

describe.each(kinds)('checkpoints in $name', ({ open }) => {
  test('are none before the first write, and after remove', async () => {
    const checkpoints = (await open()).of(live);

    expect(await checkpoints.read()).toBeUndefined();
    await checkpoints.remove();
    await checkpoints.write(checkpointAt(1));
    await checkpoints.remove();

    expect(await checkpoints.read()).toBeUndefined();
  });

  test('can be written again after they were removed', async () => {
    const checkpoints = (await open()).of(live);
    await checkpoints.write(checkpointAt(1));
    await checkpoints.remove();

    await checkpoints.write(checkpointAt(2));

    expect(await checkpoints.read()).toEqual(checkpointAt(2));
  });

  test('come back as they were written last, also for the next process', async () => {
    const store = await open();
    await store.of(live).write(checkpointAt(1));
    const first = store.of(live);
    await first.write(checkpointAt(2));
    await first.write(fullCheckpoint);

    expect(await store.of(live).read()).toEqual(fullCheckpoint);
  });

  test('are the later ones when two runs begin at once', async () => {
    const store = await open();
    const [one, other] = [store.of(live), store.of(live)];
    expect([await one.read(), await other.read()]).toEqual([undefined, undefined]);

    await one.write(checkpointAt(1));
    await other.write(checkpointAt(2));
    await one.write(checkpointAt(3));

    expect(await other.read()).toEqual(checkpointAt(3));
  });

  test('of streams, tenants and backfills are apart', async () => {
    const store = await open();
    const owners = [
      live,
      { ...live, tenant: 'b' },
      { ...live, stream: 'crescendo.botconv' as const },
      { ...live, backfill },
      { ...live, backfill: { ...backfill, to: backfill.to + 1000 } },
      { ...live, tenant: 'a.backfill-20250101T000000Z-20250201T000000Z' },
      { ...live, tenant: 'rewind' },
    ];

    for (const [n, owner] of owners.entries()) await store.of(owner).write(checkpointAt(n));

    for (const [n, owner] of owners.entries()) expect((await store.of(owner).read())?.watermark).toBe(n);
  });

  test('stay as they were when one is too long', async () => {
    const checkpoints = (await open()).of(live);
    await checkpoints.write(checkpointAt(1));

    await expect(checkpoints.write({ ...checkpointAt(2), lake: 'x'.repeat(5000) })).rejects.toThrow(RangeError);

    expect(await checkpoints.read()).toEqual(checkpointAt(1));
  });

  test('are seen whole at any moment', async () => {
    const checkpoints = (await open()).of(live);
    await checkpoints.write(checkpointAt(0));
    let writing = true;
    const reading = (async () => {
      while (writing) expect(await checkpoints.read()).toBeDefined();
    })();

    for (let n = 1; n <= 20; n++) await checkpoints.write(checkpointAt(n));
    writing = false;

    await reading;
    expect(await checkpoints.read()).toEqual(checkpointAt(20));
  });

  test.each([
    ['{', /it is not JSON/],
    ['{"v":1}', /epoch is not/],
    ['{"v":3}', /upgrade/],
  ])('fail to be read when they are %j: that is not "none"', async (text, message) => {
    const store = await open();
    await store.spoil(live, text, 'record');

    await expect(store.of(live).read()).rejects.toEqual(unreadable(message));
  });
});

describe.each(kinds)('the order to start again in $name', ({ open }) => {
  const rewind = { epoch: 2, watermark: Date.UTC(2026, 0, 2) };

  test('is none until somebody gives it, then the last one given', async () => {
    const store = await open();

    expect(await store.of(live).readRewind()).toBeUndefined();
    await store.of(live).writeRewind({ epoch: 1, watermark: 5 });
    const checkpoints = store.of(live);
    await checkpoints.writeRewind({ epoch: 1, watermark: 6 });
    await checkpoints.writeRewind(rewind);

    expect(await store.of(live).readRewind()).toEqual(rewind);
  });

  test('and the checkpoint leave each other alone', async () => {
    const checkpoints = (await open()).of(live);
    await checkpoints.writeRewind(rewind);

    expect(await checkpoints.read()).toBeUndefined();
    await checkpoints.write(checkpointAt(1));
    await checkpoints.remove();

    expect(await checkpoints.readRewind()).toEqual(rewind);
  });

  test("is nobody else's, not even a backfill's", async () => {
    const store = await open();
    await store.of(live).writeRewind(rewind);

    expect(await store.of({ ...live, tenant: 'b' }).readRewind()).toBeUndefined();
    expect(await store.of({ ...live, backfill }).readRewind()).toBeUndefined();
  });

  test.each([
    ['{', /it is not JSON/],
    ['[]', /it is not an object/],
    ['{"v":3}', /upgrade/],
    ['{"v":1,"epoch":-1,"watermark":"2026-01-02T00:00:00.000Z"}', /epoch is not/],
    ['{"v":1,"epoch":1,"watermark":"2026-01-02"}', /watermark is not an instant/],
    ['{"v":1,"epoch":1,"watermark":"2026-01-02T00:00:00.000Z","by":"me"}', /"by" is not a known field/],
  ])('fails to be read when it is %j: that is not "none"', async (text, message) => {
    const store = await open();
    await store.spoil(live, text, 'rewind');

    await expect(store.of(live).readRewind()).rejects.toEqual(unreadable(message));
  });

  test('fails to be written with numbers that would not come back', async () => {
    const checkpoints = (await open()).of(live);

    await expect(checkpoints.writeRewind({ epoch: 1.5, watermark: 0 })).rejects.toThrow(RangeError);
    await expect(checkpoints.writeRewind({ epoch: 1, watermark: Number.NaN })).rejects.toThrow(RangeError);
    expect(await checkpoints.readRewind()).toBeUndefined();
  });
});
