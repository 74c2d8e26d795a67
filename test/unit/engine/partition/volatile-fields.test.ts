import { beforeEach, describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import { MemoryLake } from '../../../support/run/memory-ports.ts';
import { objectLines, putObject, WriterWorld } from '../../../support/run/writer-world.ts';

const KEY = 'crescendo_vocconv/tenant=tenant-alpha/dt=2026-03-01/2026-03-01.ndjson.gz';
const plain = streamDefinition('crescendo.vocconv');
const versioned = streamDefinition('salesloft.conversations');
const row = (id: string | null, value: number, url?: number) =>
  JSON.stringify({ ID: id, DatetimeUTC: '2026-03-01T10:00:00Z', url, value });
const versionedRow = (updated: string, url: number) =>
  JSON.stringify({ id: 'a', created_at: '2026-03-01T10:00:00Z', updated_at: updated, url });

let lake: MemoryLake;
beforeEach(() => {
  lake = new MemoryLake();
});

/** A writer of a stream whose `url` is volatile, over an object of these lines. */
async function prepared(definition: typeof plain, ...present: string[]) {
  await putObject(lake, KEY, present);
  const world = new WriterWorld(lake, definition, undefined, undefined, [['url']]);
  const writer = await world.open(KEY);
  return { world, writer, walk: world.beginWalk() };
}

describe('a row whose volatile fields alone changed', () => {
  test('is unchanged: nothing is written, and what is held stays as it is', async () => {
    const present = [row('a', 1, 1), row('b', 1, 1), row('c', 1)];
    const { world, writer, walk } = await prepared(plain, ...present);
    for (const line of [row('a', 1, 2), row('b', 1), row('c', 1, 2)]) await world.read(writer, walk, line);

    expect(await writer.commit()).toBeUndefined();
    expect(objectLines(lake, KEY)).toEqual(present);
  });

  test('is one row where it has no key', async () => {
    const { world, writer, walk } = await prepared(plain, row(null, 1, 1));
    await world.read(writer, walk, row(null, 1, 2));
    await world.read(writer, walk, row(null, 2, 2));
    await writer.commit();

    expect(objectLines(lake, KEY).sort()).toEqual([row(null, 1, 1), row(null, 2, 2)]);
  });

  test('is not undecided where another run wrote it meanwhile', async () => {
    const { world, writer, walk } = await prepared(plain, row('a', 1, 1));
    await putObject(lake, KEY, [row('a', 1, 2)]);
    await world.read(writer, walk, row('a', 1, 3));
    await world.read(writer, walk, row('b', 1, 3));
    await writer.commit();

    expect(objectLines(lake, KEY).sort()).toEqual([row('a', 1, 2), row('b', 1, 3)]);
    expect(walk.undecided).toBe(false);
  });
});

describe('a row of which more changed', () => {
  test('is taken over with its volatile fields as they came', async () => {
    const { world, writer, walk } = await prepared(plain, row('a', 1, 1));
    await world.read(writer, walk, row('a', 2, 2));

    expect(await writer.commit()).toMatchObject({ changedRows: 1 });
    expect(objectLines(lake, KEY)).toEqual([row('a', 2, 2)]);
  });

  test('counts as changed where its version is the other thing', async () => {
    const { world, writer, walk } = await prepared(versioned, versionedRow('2026-03-02T10:00:00Z', 1));
    await world.read(writer, walk, versionedRow('2026-03-03T10:00:00Z', 2));
    await writer.commit();

    expect(objectLines(lake, KEY)).toEqual([versionedRow('2026-03-03T10:00:00Z', 2)]);
  });
});
