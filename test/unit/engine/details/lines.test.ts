import { describe, expect, test } from 'vitest';
import type { StreamDefinition } from '../../../../contract/streams.ts';
import { DAY_MS, HOUR_MS } from '../../../support/durations.ts';
import { MemoryCheckpoint, MemoryLake, unpackedWhole } from '../../../support/run/memory-ports.ts';
import { DetailVendor, linesById, runDetails, toyDetails } from '../../../support/vendor/detail-vendor.ts';
import { type RunOptions, START_MS } from '../../../support/vendor/scripted-vendor.ts';

const NOW = START_MS + DAY_MS;
const AT = NOW - 2 * HOUR_MS;

function world() {
  const vendor = new DetailVendor();
  const lake = new MemoryLake();
  const checkpoint = new MemoryCheckpoint();
  let hours = 0;
  const run = (settings: RunOptions['settings'] = {}) => {
    vendor.asked = [];
    return runDetails(vendor, lake, checkpoint, { now: NOW + hours++ * HOUR_MS, settings });
  };
  return { vendor, lake, run, line: (id: string) => linesById(lake).get(id) };
}

/** The toy stream with these schemes. */
function withSchemes(...changes: NonNullable<StreamDefinition['details']>['changes']): StreamDefinition {
  const { details } = toyDetails;
  if (!details) throw new Error('the toy stream has details');
  return { ...toyDetails, details: { ...details, changes } };
}

describe('the state for which a detail was fetched', () => {
  const old = [['status'], ['message_count']] as const;
  const both = withSchemes(old, [...old, ['noise']]);

  test('is told under the newest scheme, and compared under the one of the line that is held', async () => {
    const { vendor, lake, run, line } = world();
    vendor.put({ id: 'x', time: AT, noise: 1 });
    vendor.put({ id: 'y', time: AT, noise: 1 });
    await run({ definition: withSchemes(old) });
    const { writes } = lake;
    vendor.put({ id: 'new', time: AT + 1000, noise: 1 });
    // A field of the new scheme alone differs from when these two were fetched: nobody can know that.
    vendor.put({ id: 'x', time: AT, noise: 2 });
    await run({ definition: both });
    const asked = vendor.asked;
    vendor.put({ id: 'new', time: AT + 1000, noise: 2 });
    vendor.put({ id: 'y', time: AT, count: 2 });
    await run({ definition: both });

    expect(asked).toEqual(['new']);
    expect(lake.writes).toBe(writes + 2);
    expect(new Set(vendor.asked)).toEqual(new Set(['new', 'y']));
    expect(line('x')?.listed).toMatch(/^1\./);
    expect(line('new')?.listed).toMatch(/^2\./);
    expect(line('y')?.listed).toMatch(/^2\./);
  });

  test('does not differ by a field that is null or not there', async () => {
    const { vendor, run } = world();
    vendor.put({ id: 'x', time: AT });
    await run({ definition: withSchemes([...old, ['noise']]) });
    vendor.put({ id: 'x', time: AT, noise: null });
    await run({ definition: withSchemes([...old, ['noise']]) });

    expect(vendor.asked).toEqual([]);
  });
});

describe('a backfill that fetches again', () => {
  test('asks for what is held, once, and replaces what differs', async () => {
    const { vendor, lake, run, line } = world();
    for (let i = 0; i < 6; i++) vendor.put({ id: `id-${i}`, time: AT + i * 1000 });
    await run();
    const { writes } = lake;
    await run({ refetch: true });
    const asked = vendor.asked;
    const unchanged = lake.writes;
    vendor.put({ id: 'id-3', time: AT + 3000, turns: ['edited'] });
    const summary = await run({ refetch: true });

    expect(asked).toHaveLength(6);
    expect(unchanged).toBe(writes);
    expect(summary.rows).toMatchObject({ new: 0, changed: 1 });
    expect(line('id-3')?.detail?.transcript).toEqual(['edited']);
  });
});

describe('a detail too large for a line', () => {
  const settings = { oversizedBytes: 2000 };
  const long = Array.from({ length: 100 }, (_, i) => `a turn that is said at length, number ${i}`);

  test('lies whole in an object of its own, and its stub says for which state it was fetched', async () => {
    const { vendor, lake, run } = world();
    vendor.put({ id: 'x', time: AT, turns: long });
    const first = await run(settings);
    const [{ line = '' } = {}] = lake.lines();
    const { oversized, ...stub } = JSON.parse(line) as { oversized: string };
    const whole = unpackedWhole(lake.objects.get(oversized)?.bytes ?? Buffer.alloc(0)).toString();
    await run(settings);

    expect(first).toMatchObject({ rows: { oversized: 1, new: 1 }, details: { fetched: 1 } });
    expect(stub).toEqual({
      conversation_id: 'x',
      time: AT / 1000,
      listed: expect.stringMatching(/^1\./),
      detail: { status: 'done' },
    });
    expect(JSON.parse(whole)).toMatchObject({ conversation_id: 'x', detail: { transcript: long } });
    expect(vendor.asked).toEqual([]);
  });

  test('one that changes under the same state gets an object of its own', async () => {
    const { vendor, lake, run, line } = world();
    vendor.put({ id: 'x', time: AT, turns: long });
    await run(settings);
    const before = line('x')?.oversized;
    vendor.put({ id: 'x', time: AT, turns: [...long, 'edited'] });
    await run({ ...settings, refetch: true });
    const after = line('x')?.oversized ?? '';

    expect(after).not.toBe(before);
    expect(lake.objects.get(after)?.bytes.toString()).toContain('edited');
  });

  test('is asked for again while it is open, and stays when the vendor has it no more', async () => {
    const { vendor, lake, run, line } = world();
    vendor.put({ id: 'x', time: AT, turns: long, status: 'in-progress' });
    await run(settings);
    await run(settings);
    const askedAgain = vendor.asked;
    vendor.put({ id: 'x', time: AT, status: 'done', fails: 404 });
    const { details } = await run(settings);

    expect(askedAgain).toEqual(['x']);
    expect(details).toMatchObject({ gone: 1 });
    expect(line('x')).toHaveProperty('oversized');
    expect([...lake.objects.keys()].filter((key) => key.includes('_oversized/'))).toHaveLength(1);
  });
});
