import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../../../support/run/memory-ports.ts';
import { DetailVendor, linesById, runDetails, type Talk } from '../../../support/vendor/detail-vendor.ts';
import { type RunOptions, START_MS } from '../../../support/vendor/scripted-vendor.ts';

const NOW = START_MS + 2 * DAY_MS;
const AT = NOW - 2 * HOUR_MS;

/** A vendor of some talks that go well beside the one at stake, and runs an hour apart. */
function world(talks = 6) {
  const vendor = new DetailVendor();
  const lake = new MemoryLake();
  const checkpoint = new MemoryCheckpoint();
  for (let i = 0; i < talks; i++) vendor.put({ id: `id-${i}`, time: NOW - 20 * HOUR_MS + i * HOUR_MS });
  let hours = 0;
  const run = (options: Partial<RunOptions> = {}) => {
    vendor.asked = [];
    return runDetails(vendor, lake, checkpoint, { now: NOW + hours++ * HOUR_MS, ...options });
  };
  return { vendor, lake, checkpoint, run, line: (id: string) => linesById(lake).get(id) };
}

/** The one at stake, held in its first state, then listed in another. */
async function changed(into: Partial<Talk>, options: Partial<RunOptions> = {}) {
  const all = world();
  all.vendor.put({ id: 'x', time: AT, turns: ['kept'] });
  await all.run(options);
  const before = all.line('x');
  all.vendor.put({ id: 'x', time: AT, count: 2, ...into });
  const summary = await all.run(options);
  return { ...all, before, summary };
}

describe('a detail that is not there', () => {
  test.each([404, 410])('leaves a marker for %i, is asked for again, and comes late', async (status) => {
    const { vendor, run, line } = world();
    vendor.put({ id: 'x', time: AT, fails: status });
    const first = await run();
    const marker = line('x');
    const second = await run();
    const askedAgain = vendor.asked;
    vendor.talks.set('x', { id: 'x', time: AT, status: 'done', count: 1, turns: ['late'] });
    const third = await run();
    await run();

    expect(first).toMatchObject({ outcome: 'caught up', details: { gone: 1, failed: 0, fetched: 6 } });
    expect(marker).toMatchObject({ conversation_id: 'x', time: AT / 1000, gone: status });
    expect(marker).not.toHaveProperty('detail');
    expect(askedAgain).toEqual(['x']);
    expect(second.rows).toMatchObject({ new: 0, changed: 0 });
    expect(third.rows.changed).toBe(1);
    expect(line('x')?.detail?.transcript).toEqual(['late']);
    expect(vendor.asked).toEqual([]);
  });

  test('is not asked for any more when its conversation was 30 days ago', async () => {
    const { vendor, run } = world(1);
    vendor.put({ id: 'old', time: NOW - 30 * DAY_MS - HOUR_MS, fails: 404 });
    vendor.put({ id: 'young', time: NOW - 30 * DAY_MS + 4 * HOUR_MS, fails: 404 });
    vendor.put({ id: 'undated', time: null, fails: 404 });
    const settings = {
      startMs: NOW - 40 * DAY_MS,
      lookbackMs: 35 * DAY_MS,
      deep: { at: '03:00', lookbackMs: 35 * DAY_MS },
    };
    await run({ settings });
    const asked = new Set(vendor.asked);

    await run({ settings });

    expect(asked).toEqual(new Set(['id-0', 'old', 'young', 'undated']));
    expect(new Set(vendor.asked)).toEqual(new Set(['young', 'undated']));
  });

  test('never takes the place of one that is held: that stays, with a word of it, and costs no further request', async () => {
    const { vendor, run, line, before, summary } = await changed({ fails: 404 });
    const kept = line('x');
    const { details } = await run();

    expect(summary.details).toMatchObject({ gone: 1, failed: 0 });
    expect(kept).toEqual({ ...before, listed: kept?.listed, gone: 404 });
    expect(kept?.listed).not.toBe(before?.listed);
    expect(vendor.asked).toEqual([]);
    expect(details).toMatchObject({ gone: 0 });
  });

  test('and is held among the undated rows moves to its date when it has one', async () => {
    const { vendor, lake, run, line } = world();
    vendor.put({ id: 'x', time: null, turns: ['kept'] });
    await run();
    vendor.put({ id: 'x', time: AT, fails: 404 });
    await run();

    expect(line('x')).toMatchObject({ time: AT / 1000, gone: 404, detail: { transcript: ['kept'] } });
    expect(lake.lines().some(({ key }) => key.includes('undated'))).toBe(false);
  });
});

describe('a detail that cannot be fetched', () => {
  test('leaves a marker, stops no window, and comes when the vendor is well', async () => {
    const { vendor, checkpoint, run, line } = world();
    vendor.put({ id: 'x', time: AT, fails: 502 });
    const first = await run();
    const marker = line('x');
    const { watermark } = checkpoint.value ?? {};
    vendor.talks.set('x', { id: 'x', time: AT, status: 'done', count: 1, turns: ['well'] });
    await run();

    expect(first).toMatchObject({ outcome: 'caught up', details: { failed: 1, fetched: 6 } });
    expect(marker).toMatchObject({ failed: 502 });
    expect(watermark).toBe(NOW);
    expect(line('x')?.detail?.transcript).toEqual(['well']);
  });

  test('of which the vendor sends another one is not taken for it', async () => {
    const { vendor, run, line } = world();
    vendor.put({ id: 'x', time: AT, otherId: 'id-0' });
    const summary = await run();

    expect(summary).toMatchObject({ outcome: 'caught up', details: { failed: 1 } });
    expect(line('x')).toMatchObject({ conversation_id: 'x', failed: 'body-unexpected' });
  });

  test('leaves what is held untouched, and is asked for again', async () => {
    const { vendor, lake, run, line, before, summary } = await changed({ fails: 500 });
    const { writes } = lake;
    vendor.talks.set('x', { id: 'x', time: AT, status: 'done', count: 2, turns: ['well'] });

    expect(summary.details).toMatchObject({ failed: 1 });
    expect(line('x')).toEqual(before);
    expect(lake.writes).toBe(writes);
    await run();
    expect(vendor.asked).toEqual(['x']);
    expect(line('x')?.detail?.transcript).toEqual(['well']);
  });

  test('is marked where the credential may not read it, and reads others', async () => {
    const { vendor, run, line } = world();
    // The first one of all: whether others go well shows only then.
    vendor.put({ id: 'x', time: NOW - 30 * HOUR_MS, fails: 403 });
    const summary = await run({ settings: { concurrency: 1 } });

    expect(summary).toMatchObject({ outcome: 'caught up', details: { failed: 1, fetched: 6 } });
    expect(line('x')).toMatchObject({ failed: 403 });
  });

  test('that is refused and is all there is stops the run, until others come', async () => {
    const { vendor, checkpoint, run, line } = world(0);
    vendor.put({ id: 'x', time: AT, fails: 403 });
    const alone = await run();
    const { watermark } = checkpoint.value ?? {};
    vendor.put({ id: 'later', time: NOW + HOUR_MS / 2 });
    const among = await run();

    expect(alone).toMatchObject({ outcome: 'failed', error: { code: 'credential-refused' } });
    expect(watermark).toBeLessThan(AT);
    expect(among).toMatchObject({ outcome: 'caught up', details: { fetched: 1 } });
    expect(line('x')).toMatchObject({ failed: 403 });
  });

  test.each([401, 403])('stops the stream where every request meets a %i', async (status) => {
    const { vendor, lake, run } = world(40);
    for (const talk of vendor.talks.values()) vendor.put({ ...talk, fails: status });
    const summary = await run({ settings: { startMs: START_MS - DAY_MS } });

    expect(summary.outcome).toBe('failed');
    expect(summary.error).toMatchObject({ code: 'credential-refused', status });
    expect(vendor.asked.length).toBeLessThan(50);
    expect(lake.lines()).toEqual([]);
  });

  test('of which there are many fails the run, after what stands for them is committed', async () => {
    const { vendor, lake, checkpoint, run } = world(6);
    for (let i = 0; i < 20; i++) vendor.put({ id: `bad-${i}`, time: AT, fails: 500 });
    const first = await run();
    const markers = [...linesById(lake).values()].filter(({ failed }) => failed === 500);

    expect(first).toMatchObject({ outcome: 'failed', error: { code: 'details-failed' } });
    expect(first.error?.message).toContain('20 details could not be fetched, of 26 rows listed');
    expect(markers).toHaveLength(20);
    expect(checkpoint.value?.watermark).toBe(NOW);
  });

  test('is no reason to fail a run of very many others', async () => {
    const { vendor, run } = world(0);
    for (let i = 0; i < 2000; i++) vendor.put({ id: `id-${i}`, time: AT - i * 1000 });
    for (let i = 0; i < 20; i++) vendor.put({ id: `id-${i}`, time: AT - i * 1000, fails: 500 });

    expect(await run()).toMatchObject({ outcome: 'caught up', details: { failed: 20, fetched: 1980 } });
  });

  test('is not asked for on and on where the vendor is not there, and a later run gets past it', async () => {
    const { vendor, checkpoint, run } = world(0);
    for (let i = 0; i < 100; i++) vendor.put({ id: `id-${i}`, time: AT + i * 1000, fails: 500 });
    const first = await run();
    const askedAtFirst = vendor.asked.length;
    const outcomes: string[] = [];
    while (checkpoint.value?.watermark !== NOW && outcomes.length < 10) {
      outcomes.push((await run({ now: NOW })).outcome);
    }

    expect(first).toMatchObject({ outcome: 'failed', error: { code: 'details-failed' } });
    expect(askedAtFirst).toBeLessThan(30);
    expect(outcomes.length).toBeLessThan(7);
  });
});

describe('a detail that comes empty', () => {
  test('does not take the place of one that is held, without a word of the vendor', async () => {
    const { vendor, run, line, before, summary } = await changed({ turns: [] });
    const kept = line('x');
    await run();

    expect(summary.details).toMatchObject({ fetched: 1, suspicious: 1, erased: 0 });
    expect(kept).toEqual({ ...before, listed: kept?.listed });
    expect(kept?.listed).not.toBe(before?.listed);
    expect(vendor.asked).toEqual([]);
  });

  test('is taken in where nothing is held, or what is held is empty too', async () => {
    const { vendor, run, line } = world();
    vendor.put({ id: 'x', time: AT, turns: [], status: 'failed' });
    const first = await run();
    vendor.put({ id: 'x', time: AT, count: 2, status: 'done' });
    const second = await run();

    expect(first.details).toMatchObject({ fetched: 7, suspicious: 0 });
    expect(second.details).toMatchObject({ fetched: 1, suspicious: 0 });
    expect(line('x')?.detail).toMatchObject({ status: 'done', transcript: [] });
  });

  test('because the vendor has erased it is followed, and counted', async () => {
    const { line, summary } = await changed({ turns: [], erased: true });

    expect(summary.details).toMatchObject({ erased: 1, suspicious: 0 });
    expect(line('x')?.detail?.transcript).toEqual([]);
  });

  test('because the vendor has erased it is not followed where the settings say so', async () => {
    const settings = { keepErased: true };
    const { vendor, run, line, before, summary } = await changed({ turns: [], erased: true }, { settings });
    const kept = line('x');
    await run({ settings });

    expect(summary.details).toMatchObject({ erased: 1, suspicious: 0 });
    expect(kept).toEqual({ ...before, listed: kept?.listed });
    expect(vendor.asked).toEqual([]);
  });
});
