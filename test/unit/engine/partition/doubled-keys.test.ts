import { beforeEach, describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import { DAY_MS } from '../../../support/durations.ts';
import { MemoryLake } from '../../../support/run/memory-ports.ts';
import { objectLines, WriterWorld } from '../../../support/run/writer-world.ts';

const KEY = 'crescendo_vocconv/tenant=tenant-alpha/dt=2026-03-01/2026-03-01.ndjson.gz';
const plain = streamDefinition('crescendo.vocconv');
const versioned = streamDefinition('salesloft.conversations');
const row = (id: string, value: string) => JSON.stringify({ ID: id, DatetimeUTC: '2026-03-01T10:00:00Z', value });
const versionedRow = (id: string, value: string) =>
  JSON.stringify({ id, created_at: '2026-03-01T10:00:00Z', updated_at: '2026-03-01T11:00:00Z', value });

let lake: MemoryLake;
beforeEach(() => {
  lake = new MemoryLake();
});

/** One run: its pages one after the other, and a commit. */
async function run(pages: readonly (readonly string[])[], definition = plain, oversizedBytes?: number, nowMs = 0) {
  const world = new WriterWorld(lake, definition, lake.connect(), oversizedBytes);
  world.nowMs = nowMs;
  const writer = await world.open(KEY);
  const walk = world.beginWalk();
  for (const lines of pages) {
    const readAt = world.logicalClock.request(walk);
    for (const line of lines) await world.read(writer, walk, line, readAt);
  }
  const committed = await writer.commit();
  await writer.close();
  return { committed, undecided: walk.undecided };
}

describe('a key that a list shows twice, with different content', () => {
  const cases = [
    ['on one page', [[row('a', 'one'), row('b', 'x'), row('a', 'two')]], plain],
    ['on two pages', [[row('a', 'one'), row('b', 'x')], [row('a', 'two')]], plain],
    ['three times', [[row('a', 'one'), row('a', 'two')], [row('a', 'one')], [row('a', 'two')]], plain],
    ['with one version', [[versionedRow('a', 'one'), versionedRow('a', 'two')]], versioned],
  ] as const;

  test.each(cases)('is the row that came last, and no reason to write it again: %s', async (_, pages, definition) => {
    await run(pages, definition);
    const held = objectLines(lake, KEY);

    for (let again = 0; again < 2; again++) {
      const { committed, undecided } = await run(pages, definition);

      expect(committed).toBeUndefined();
      expect(undecided).toBe(false);
    }
    expect(held.filter((line) => line.includes('"a"'))).toEqual([expect.stringContaining('two')]);
    expect(objectLines(lake, KEY)).toEqual(held);
  });

  test('is written when the one that comes last has changed', async () => {
    await run([[row('a', 'one'), row('a', 'two')]]);

    const { committed } = await run([[row('a', 'one'), row('a', 'three')]]);

    expect(committed).toMatchObject({ rows: 1, newRows: 0, changedRows: 1 });
    expect(objectLines(lake, KEY)).toEqual([row('a', 'three')]);
  });

  test('is written when they come the other way round', async () => {
    await run([[row('a', 'one'), row('a', 'two')]]);

    await run([[row('a', 'two'), row('a', 'one')]]);

    expect(objectLines(lake, KEY)).toEqual([row('a', 'one')]);
  });

  test('stands once in an object that is written for another change', async () => {
    await run([[row('a', 'one'), row('a', 'two'), row('b', 'x')]]);

    const { committed } = await run([[row('a', 'one'), row('b', 'y'), row('a', 'two')]]);

    expect(committed).toMatchObject({ rows: 2, newRows: 0, changedRows: 1 });
    expect(objectLines(lake, KEY).toSorted()).toEqual([row('a', 'two'), row('b', 'y')]);
  });

  test('changes again after a commit of the run in which it stood', async () => {
    await run([[row('a', 'one'), row('a', 'two')]]);
    const world = new WriterWorld(lake, plain);
    const writer = await world.open(KEY);
    const walk = world.beginWalk();

    await world.read(writer, walk, row('a', 'three'));
    await writer.commit();
    await world.read(writer, walk, row('a', 'two'));
    await writer.commit();

    expect(objectLines(lake, KEY)).toEqual([row('a', 'two')]);
  });

  test('keeps the object of the one that is too large for a line', async () => {
    const large = row('a', 'z'.repeat(5000));
    const pages = [[row('a', 'one'), large, row('b', 'x')]];
    await run(pages, plain, 2000);
    const wholesNow = () => [...lake.objects.keys()].filter((key) => key.includes('_oversized/'));
    const wholes = wholesNow();
    expect(wholes).toHaveLength(1);

    expect((await run(pages, plain, 2000)).committed).toBeUndefined();
    await run([[row('a', 'one'), large, row('b', 'y')]], plain, 2000, 5 * DAY_MS);

    expect(wholesNow()).toEqual(wholes);
    expect(objectLines(lake, KEY)).toContainEqual(expect.stringContaining(wholes[0] ?? 'none'));
    expect(objectLines(lake, KEY)).toHaveLength(2);
    expect(objectLines(lake, KEY)).toContainEqual(row('b', 'y'));
  });
});
