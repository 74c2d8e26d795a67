import { beforeEach, describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import { ConvlakeError } from '../../../../functions/engine/errors.ts';
import { MemoryLake } from '../../../support/run/memory-ports.ts';
import { objectLines, putObject, WriterWorld } from '../../../support/run/writer-world.ts';

const KEY = 'crescendo_vocconv/tenant=tenant-alpha/dt=2026-03-01/2026-03-01.ndjson.gz';
const versioned = streamDefinition('salesloft.conversations');
const plain = streamDefinition('crescendo.vocconv');

const row = (id: string, value: number) => JSON.stringify({ ID: id, DatetimeUTC: '2026-03-01T10:00:00Z', value });
const versionedRow = (id: string, updated: string | null, value: number) =>
  JSON.stringify({ id, created_at: '2026-03-01T10:00:00Z', updated_at: updated, value });

let lake: MemoryLake;
beforeEach(() => {
  lake = new MemoryLake();
});

/** A writer whose tag was taken before its walk began, over an object of these lines (none: no object). */
async function prepared(definition: typeof plain, ...present: string[]) {
  if (present.length > 0) await putObject(lake, KEY, present);
  const world = new WriterWorld(lake, definition);
  const writer = await world.open(KEY);
  return { world, writer, walk: world.beginWalk() };
}

describe('of two versions', () => {
  const pairs = [
    ['a second later', '2026-03-02T10:00:00Z', '2026-03-02T10:00:01Z'],
    ['a microsecond later', '2026-03-02T10:00:00.000001Z', '2026-03-02T10:00:00.000002Z'],
    ['later as an instant, though not as text', '2026-03-02T12:00:00+02:00', '2026-03-02T10:00:00.5Z'],
    ['with a version, against none', null, '2026-03-02T10:00:00Z'],
  ] as const;

  test.each(pairs)('the newer is kept when it is read: %s', async (_, older, newer) => {
    const { world, writer, walk } = await prepared(versioned, versionedRow('a', older, 1));
    await world.read(writer, walk, versionedRow('a', newer, 2));
    const committed = await writer.commit();

    expect(objectLines(lake, KEY)).toEqual([versionedRow('a', newer, 2)]);
    expect(committed).toMatchObject({ rows: 1, newRows: 0, changedRows: 1 });
  });

  test.each(pairs)('the newer is kept when it is in the object: %s', async (_, older, newer) => {
    const { world, writer, walk } = await prepared(versioned, versionedRow('a', newer, 2));
    await world.read(writer, walk, versionedRow('a', older, 1));

    expect(await writer.commit()).toBeUndefined();
    expect(objectLines(lake, KEY)).toEqual([versionedRow('a', newer, 2)]);
    expect(walk.undecided).toBe(false);
  });

  test.each(pairs)('the newer of a run is kept in whatever order they come: %s', async (_, older, newer) => {
    for (const order of [
      [versionedRow('a', older, 1), versionedRow('a', newer, 2)],
      [versionedRow('a', newer, 2), versionedRow('a', older, 1)],
    ]) {
      lake = new MemoryLake();
      const { world, writer, walk } = await prepared(versioned);
      for (const line of order) await world.read(writer, walk, line);
      await writer.commit();

      expect(objectLines(lake, KEY)).toEqual([versionedRow('a', newer, 2)]);
    }
  });

  test('the newer wins without regard to when a tag was taken, before and after a conflict', async () => {
    const world = new WriterWorld(lake, versioned);
    const walk = world.beginWalk();
    await putObject(lake, KEY, [versionedRow('a', '2026-03-02T10:00:00Z', 1)]);
    const writer = await world.open(KEY);
    await world.read(writer, walk, versionedRow('a', '2026-03-02T10:00:02Z', 3));
    await putObject(lake, KEY, [versionedRow('a', '2026-03-02T10:00:01Z', 2)]);
    await writer.commit();

    expect(objectLines(lake, KEY)).toEqual([versionedRow('a', '2026-03-02T10:00:02Z', 3)]);
    expect(walk.undecided).toBe(false);
  });

  test('the newer that somebody committed meanwhile stays', async () => {
    const { world, writer, walk } = await prepared(versioned, versionedRow('a', '2026-03-02T10:00:00Z', 1));
    await world.read(writer, walk, versionedRow('a', '2026-03-02T10:00:01Z', 2));
    await putObject(lake, KEY, [versionedRow('a', '2026-03-02T10:00:02Z', 3)]);
    await writer.commit();

    expect(objectLines(lake, KEY)).toEqual([versionedRow('a', '2026-03-02T10:00:02Z', 3)]);
    expect(walk.undecided).toBe(false);
  });
});

describe('of equal versions, or none', () => {
  test('the row that was requested later counts, whichever answer is handled first', async () => {
    const { world, writer, walk } = await prepared(plain);
    const [first, second] = [world.logicalClock.request(walk), world.logicalClock.request(walk)];
    await world.read(writer, walk, row('a', 2), second);
    await world.read(writer, walk, row('a', 1), first);
    await world.read(writer, walk, row('b', 1), first);
    await world.read(writer, walk, row('b', 2), second);
    await writer.commit();

    expect(objectLines(lake, KEY)).toEqual([row('a', 2), row('b', 2)]);
  });

  test('a later reading wins over one of the same run, though neither walk began after the tag was taken', async () => {
    const world = new WriterWorld(lake, plain);
    const walk = world.beginWalk();
    const writer = await world.open(KEY);
    await world.read(writer, walk, row('a', 1));
    await world.read(writer, walk, row('a', 2));
    await writer.commit();

    expect(objectLines(lake, KEY)).toEqual([row('a', 2)]);
    expect(walk.undecided).toBe(false);
  });

  test("a read row wins over somebody's when its walk began after the tag was taken", async () => {
    const { world, writer, walk } = await prepared(plain, row('a', 1));
    await world.read(writer, walk, row('a', 2));
    await writer.commit();

    expect(objectLines(lake, KEY)).toEqual([row('a', 2)]);
    expect(walk.undecided).toBe(false);
  });

  test("somebody's row stays when the walk began before the tag was taken, and the walk is undecided", async () => {
    await putObject(lake, KEY, [row('a', 1)]);
    const world = new WriterWorld(lake, plain);
    const early = world.beginWalk();
    const writer = await world.open(KEY);
    await world.read(writer, early, row('a', 2));

    expect(await writer.commit()).toBeUndefined();
    expect(objectLines(lake, KEY)).toEqual([row('a', 1)]);
    expect(early.undecided).toBe(true);

    const again = world.beginWalk();
    await world.read(writer, again, row('a', 2));
    await writer.commit();
    expect(objectLines(lake, KEY)).toEqual([row('a', 2)]);
    expect(again.undecided).toBe(false);
  });

  test('the rows that wait when somebody commits are merged, and one that differs from theirs is undecided', async () => {
    const { world, writer, walk } = await prepared(plain, row('old', 1));
    const other = world.beginWalk();
    await world.read(writer, walk, row('mine', 1));
    await world.read(writer, other, row('both', 1));
    await world.read(writer, walk, row('agreed', 1));
    await putObject(lake, KEY, [row('old', 1), row('both', 2), row('agreed', 1), row('theirs', 1)]);

    const committed = await writer.commit();

    const union = [row('agreed', 1), row('both', 2), row('mine', 1), row('old', 1), row('theirs', 1)];
    expect(objectLines(lake, KEY)).toEqual(union);
    expect(committed).toMatchObject({ rows: 5, newRows: 1, changedRows: 0 });
    expect([walk.undecided, other.undecided]).toEqual([false, true]);
  });
});

describe('a row that was dropped on sight, because the object held the same', () => {
  test('is not written again', async () => {
    const { world, writer, walk } = await prepared(plain, row('a', 1));
    await world.read(writer, walk, row('a', 1));

    expect(await writer.commit()).toBeUndefined();
    expect(lake.writes).toBe(0);
    expect(writer.committedMark).toBe(writer.mark);
  });

  test.each([
    ['changed by somebody', [row('a', 2), row('b', 1)], true],
    ['taken away', [row('b', 1)], true],
    ['kept, while another was added', [row('a', 1), row('b', 1), row('c', 1)], false],
  ])('and then was %s: undecided is %s', async (_, theirs, undecided) => {
    for (const alone of [true, false]) {
      const { world, writer, walk } = await prepared(plain, row('a', 1), row('b', 1));
      const other = world.beginWalk();
      await world.read(writer, walk, row('a', 1));
      if (!alone) await world.read(writer, other, row('new', 1));
      await putObject(lake, KEY, theirs);
      await writer.commit();

      expect(walk.undecided).toBe(undecided);
      expect(other.undecided).toBe(false);
      expect(objectLines(lake, KEY)).toEqual(alone ? theirs : [...theirs, row('new', 1)]);
    }
  });
});

describe('after an early commit of its own', () => {
  test('a writer goes on: what it wrote is its own reading, whatever its tag', async () => {
    const { world, writer, walk } = await prepared(plain, row('a', 1), row('b', 1));
    await world.read(writer, walk, row('a', 2));
    await writer.commit();
    await world.read(writer, walk, row('a', 3));
    await world.read(writer, walk, row('b', 2));
    await writer.commit();

    expect(objectLines(lake, KEY)).toEqual([row('a', 3), row('b', 2)]);
    expect(walk.undecided).toBe(false);
  });

  test('a conflict makes undecided what somebody changed or took away of that, and loses nothing that came since', async () => {
    const { world, writer, walk } = await prepared(plain);
    const [changed, taken, kept, since] = [walk, world.beginWalk(), world.beginWalk(), world.beginWalk()];
    await world.read(writer, changed, row('changed', 1));
    await world.read(writer, taken, row('taken', 1));
    await world.read(writer, kept, row('kept', 1));
    await writer.commit();
    await putObject(lake, KEY, [row('changed', 2), row('kept', 1)]);
    await world.read(writer, since, row('since', 1));
    await writer.commit();

    expect(objectLines(lake, KEY)).toEqual([row('changed', 2), row('kept', 1), row('since', 1)]);
    expect([changed, taken, kept, since].map(({ undecided }) => undecided)).toEqual([true, true, false, false]);
  });

  test('a conflict begins a new chain: only walks after it may change what somebody wrote', async () => {
    const { world, writer, walk } = await prepared(plain);
    await world.read(writer, walk, row('mine', 1));
    await putObject(lake, KEY, [row('theirs', 1)]);
    await writer.commit();
    await world.read(writer, walk, row('theirs', 2));
    await writer.commit();

    expect(objectLines(lake, KEY)).toEqual([row('mine', 1), row('theirs', 1)]);
    expect(walk.undecided).toBe(true);
  });
});

describe('rows of a page', () => {
  test('that are exact duplicates are one row', async () => {
    const { world, writer, walk } = await prepared(plain);
    for (let i = 0; i < 3; i++) await world.read(writer, walk, row('a', 1));

    expect(await writer.commit()).toMatchObject({ rows: 1, newRows: 1, changedRows: 0 });
    expect(objectLines(lake, KEY)).toEqual([row('a', 1)]);
  });

  test('without a key are rows of their own, and equal ones are one', async () => {
    const keyless = ['{"ID":null,"x":1}', '{"x":1}', '{"x":2}', '"text"', '7'];
    const { world, writer, walk } = await prepared(plain, '{"x":1}');
    for (const line of [...keyless, ...keyless]) await world.read(writer, walk, line);
    await writer.commit();

    expect(objectLines(lake, KEY)).toEqual(keyless.toSorted());
  });

  test('whose key stands twice in the object are healed by the commit: the newer version stays', async () => {
    const [older, newer] = [versionedRow('a', '2026-03-02T10:00:00Z', 1), versionedRow('a', '2026-03-02T10:00:01Z', 2)];
    for (const present of [
      [older, newer],
      [newer, older],
    ]) {
      const { world, writer, walk } = await prepared(versioned, ...present, versionedRow('b', null, 1));
      await world.read(writer, walk, versionedRow('b', null, 1));
      await writer.commit();

      expect(objectLines(lake, KEY)).toEqual([newer, versionedRow('b', null, 1)]);
    }
  });
});

describe('a commit', () => {
  test('that fails midway leaves what stood there, and the writer refuses to go on', async () => {
    await putObject(lake, KEY, [row('a', 1)]);
    const real = lake.connect();
    const world = new WriterWorld(lake, plain, {
      ...real,
      replace: async (_key, _expected, pieces) => {
        for await (const _ of pieces) throw new Error('connection lost');
        throw new Error('there was nothing to write');
      },
    });
    const writer = await world.open(KEY);
    const walk = world.beginWalk();
    await world.read(writer, walk, row('a', 2));

    await expect(writer.commit()).rejects.toThrow('connection lost');
    await expect(world.read(writer, walk, row('b', 1))).rejects.toThrow('connection lost');
    await expect(writer.commit()).rejects.toThrow('connection lost');
    expect(objectLines(lake, KEY)).toEqual([row('a', 1)]);
    expect(writer.committedMark).toBeLessThan(writer.mark);
  });

  test('never takes the place of an object that holds something else than rows', async () => {
    for (const present of ['{"ID":"a"', 'no JSON', '{"ID":"a"} {"ID":"b"}']) {
      const { world, writer, walk } = await prepared(plain, row('a', 1), present);

      await expect(world.read(writer, walk, row('b', 1))).rejects.toMatchObject({ code: 'object-corrupt' });
      await expect(writer.commit()).rejects.toMatchObject({ code: 'object-corrupt' });
      expect(objectLines(lake, KEY)).toEqual([row('a', 1), present].sort());
    }
  });

  test('never takes the place of an object that became corrupt after it was indexed', async () => {
    const { world, writer, walk } = await prepared(plain, row('a', 1));
    await world.read(writer, walk, row('b', 1));
    await putObject(lake, KEY, ['no JSON']);

    await expect(writer.commit()).rejects.toMatchObject({ code: 'object-corrupt' });
    expect(objectLines(lake, KEY)).toEqual(['no JSON']);
  });

  test('gives up after ten others in a row, with waits that grow to two seconds at most', async () => {
    const real = lake.connect();
    let others = 0;
    const world = new WriterWorld(lake, plain, {
      ...real,
      replace: async (key) => {
        await putObject(lake, key, [row(`other-${++others}`, 1)]);
        throw new ConvlakeError('object-changed', 'retry', 'changed');
      },
    });
    const writer = await world.open(KEY);
    await world.read(writer, world.beginWalk(), row('a', 1));

    await expect(writer.commit()).rejects.toMatchObject({ code: 'commit-contended', recovery: 'retry' });
    expect(others).toBe(10);
    expect(world.sleeps).toEqual([100, 200, 400, 800, 1600, 2000, 2000, 2000, 2000]);
  });

  test('reads the object anew when it changes while it is indexed', async () => {
    await putObject(lake, KEY, [row('a', 1)]);
    const real = lake.connect();
    let reads = 0;
    const world = new WriterWorld(lake, plain, {
      ...real,
      read: async function* (key, tag) {
        if (++reads === 1) await putObject(lake, key, [row('b', 1)]);
        yield* real.read(key, tag);
      },
    });
    const writer = await world.open(KEY);
    const walk = world.beginWalk();
    await world.read(writer, walk, row('c', 1));
    await world.read(writer, walk, row('b', 2));
    await writer.commit();

    // The walk began before the tag of the object that counts was taken.
    expect(objectLines(lake, KEY)).toEqual([row('b', 1), row('c', 1)]);
    expect(walk.undecided).toBe(true);
  });
});
