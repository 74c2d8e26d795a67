import { Buffer } from 'node:buffer';
import { beforeEach, describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import type { Lake, Spool } from '../../../../functions/engine/ports.ts';
import { MemoryLake } from '../../../support/run/memory-ports.ts';
import { objectLines, putObject, WriterWorld } from '../../../support/run/writer-world.ts';

const plain = streamDefinition('crescendo.vocconv');
const HOLD_MS = 5 * 60_000;
const FOLDER = 'crescendo_vocconv/tenant=tenant-alpha';
const UNDATED = `${FOLDER}/dt=__HIVE_DEFAULT_PARTITION__/undated.ndjson.gz`;
const dayKey = (dt: string) => `${FOLDER}/dt=${dt}/${dt}.ndjson.gz`;
const DATED = dayKey('2026-03-01');

const dated = (id: string, dt = '2026-03-01') => JSON.stringify({ ID: id, DatetimeUTC: `${dt}T10:00:00Z` });
const undated = (id: string, value = 0) => JSON.stringify({ ID: id, DatetimeUTC: null, value });

let lake: MemoryLake;
beforeEach(() => {
  lake = new MemoryLake();
});

describe('a key that is read with a time and without one', () => {
  const orders = [
    ['undated', 'dated'],
    ['dated', 'undated'],
    ['undated', 'dated', 'undated'],
    ['dated', 'undated', 'dated'],
  ] as const;
  const before = [
    ['no undated object', []],
    ['an undated object that holds it', [undated('k'), undated('other')]],
    ['an undated object without it', [undated('other')]],
  ] as const;
  const cases = orders.flatMap((order) =>
    before.flatMap(([what, present]) => [-1, ...order.keys()].map((early) => ({ order, what, present, early }))),
  );

  test.each(cases)(
    '$order over $what, with an early commit after reading $early, ends in its own date alone',
    async ({ order, present, early }) => {
      if (present.length > 0) await putObject(lake, UNDATED, present);
      const world = new WriterWorld(lake, plain);
      await world.writers.prepare([undefined, '2026-03-01']);
      const walk = world.beginWalk();
      for (const [i, reading] of order.entries()) {
        await world.readRow(walk, reading === 'dated' ? dated('k') : undated('k', i));
        world.nowMs += HOLD_MS;
        if (i === early) for (const writer of await world.writers.due()) await world.writers.commit(writer);
      }
      await world.commitAll();

      expect(objectLines(lake, DATED)).toEqual([dated('k')]);
      expect(objectLines(lake, UNDATED)).toEqual(present.filter((line) => line !== undated('k')));
      expect(walk.undecided).toBe(false);
    },
  );

  test('leaves the undated rows when it is in its own date, not before: wherever a run dies, it is in the lake', async () => {
    await putObject(lake, UNDATED, [undated('k')]);
    const replaced: string[] = [];
    const note = (name: string) => void (name.startsWith('replaced ') && replaced.push(name.slice('replaced '.length)));
    const world = new WriterWorld(lake, plain, lake.connect(note));
    await world.writers.prepare([undefined]);
    await world.readRow(world.beginWalk(), dated('k'));
    const [writer] = (await world.writers.all()).filter(({ dt }) => dt === undefined);
    if (writer) await world.writers.commit(writer);

    expect(replaced).toEqual([DATED, UNDATED]);
  });

  test('stays among the undated rows when it could not be written in its own date', async () => {
    await putObject(lake, UNDATED, [undated('k')]);
    const real = lake.connect();
    const world = new WriterWorld(lake, plain, {
      ...real,
      replace: (key, ...rest) => (key === DATED ? Promise.reject(new Error('refused')) : real.replace(key, ...rest)),
    });
    await world.writers.prepare([undefined]);
    await world.readRow(world.beginWalk(), dated('k'));
    for (const writer of await world.writers.all()) {
      await expect(world.writers.commit(writer)).rejects.toThrow('refused');
    }

    expect(objectLines(lake, UNDATED)).toEqual([undated('k')]);
  });

  test('stays out of the undated rows when somebody else brings it back there meanwhile', async () => {
    await putObject(lake, UNDATED, [undated('k'), undated('other')]);
    const world = new WriterWorld(lake, plain);
    await world.writers.prepare([undefined]);
    const walk = world.beginWalk();
    await world.readRow(walk, dated('k'));
    await world.readRow(walk, dated('second'));
    await putObject(lake, UNDATED, [undated('k'), undated('second'), undated('other'), undated('theirs')]);
    await world.commitAll();

    expect(objectLines(lake, UNDATED)).toEqual([undated('other'), undated('theirs')]);
    expect(objectLines(lake, DATED)).toEqual([dated('k'), dated('second')]);
  });

  test('stays out of the undated rows when it comes without its time while they are about to be committed', async () => {
    const spools = new PausingSpools(lake);
    const world = new WriterWorld(lake, plain, spools.lake);
    await world.writers.prepare([undefined]);
    const walk = world.beginWalk();
    // More keys than are held in memory, so that looking through them takes more than one reading.
    for (let i = 0; i < 9000; i++) await world.readRow(walk, dated(`key-${i}`));
    await world.readRow(walk, undated('other'));
    const [writer] = (await world.writers.all()).filter(({ dt }) => dt === undefined);
    const paused = spools.pauseAt(2);
    const commit = writer && world.writers.commit(writer);
    await paused;
    const late = world.readRow(walk, undated('key-0'));
    spools.go();
    await commit;
    await late;
    await world.commitAll();

    expect(objectLines(lake, UNDATED)).toEqual([undated('other')]);
  });
});

describe('writers', () => {
  test('are due five minutes after the oldest row that waits, and again five minutes after the next', async () => {
    const world = new WriterWorld(lake, plain);
    const walk = world.beginWalk();
    const dueDays = async () => (await world.writers.due()).map(({ dt }) => dt);
    await world.readRow(walk, dated('a'));
    world.nowMs += HOLD_MS - 1;
    await world.readRow(walk, dated('b'));
    await world.readRow(walk, dated('c', '2026-03-02'));
    expect(await dueDays()).toEqual([]);

    world.nowMs += 1;
    expect(await dueDays()).toEqual(['2026-03-01']);

    await world.commitAll();
    world.nowMs += HOLD_MS;
    expect(await dueDays()).toEqual([]);
    await world.readRow(walk, dated('d'));
    world.nowMs += HOLD_MS;
    expect(await dueDays()).toEqual(['2026-03-01']);
  });

  test('that hold most are due when memory is short, as many as bring it below half of the limit', async () => {
    const world = new WriterWorld(lake, plain);
    const walk = world.beginWalk();
    const heavy = (dt: string, megabytes: number) =>
      world.readRow(
        walk,
        JSON.stringify({ ID: dt, DatetimeUTC: `${dt}T10:00:00Z`, pad: 'x'.repeat(megabytes * 2 ** 20) }),
      );
    await heavy('2026-03-01', 10);
    await heavy('2026-03-02', 30);
    await heavy('2026-03-03', 20);
    for (let settled = false; !settled; settled = (await world.writers.all()).every((w) => w.memoryBytes > 2 ** 20)) {
      await world.writers.keepPace();
    }
    expect(await world.writers.due()).toEqual([]);

    await heavy('2026-03-04', 8);

    expect((await world.writers.due()).map(({ dt }) => dt)).toEqual(['2026-03-02', '2026-03-03']);
  });

  test('take in no row of a page when one of its objects is corrupt, and the failure of another goes unhandled nowhere', async () => {
    await putObject(lake, dayKey('2026-03-01'), [dated('a')]);
    await putObject(lake, dayKey('2026-03-02'), ['no JSON']);
    const world = new WriterWorld(lake, plain, {
      ...lake.connect(),
      // biome-ignore lint/correctness/useYield: it fails before its first piece
      read: async function* (key) {
        await Promise.resolve();
        throw new Error(`cannot read ${key}`);
      },
    });
    const walk = world.beginWalk();
    await expect(world.readRow(walk, dated('b', '2026-03-02'))).rejects.toThrow('cannot read');

    // The first day is not indexed yet, the second is broken: both are asked, and the second answers first.
    const page = [world.identified(dated('c')), world.identified(dated('d', '2026-03-02'))];
    await expect(world.writers.add(page, walk, world.logicalClock.request(walk))).rejects.toThrow('cannot read');

    await new Promise((resolve) => setImmediate(resolve));
    expect(objectLines(lake, dayKey('2026-03-01'))).toEqual([dated('a')]);
  });

  test('open again where one failed to open', async () => {
    let fails = true;
    const real = lake.connect();
    const world = new WriterWorld(lake, plain, {
      ...real,
      tagOf: (key) => (fails ? Promise.reject(new Error('not now')) : real.tagOf(key)),
    });
    await expect(world.writers.prepare(['2026-03-01'])).rejects.toThrow('not now');
    fails = false;
    await world.readRow(world.beginWalk(), dated('a'));
    await world.commitAll();

    expect(objectLines(lake, DATED)).toEqual([dated('a')]);
  });
});

/** A lake whose first spool (that of the dated keys) stops before its n-th reading until it is let go. */
class PausingSpools {
  readonly lake: Lake;
  #at = 0;
  #reads = 0;
  #arrived: () => void = () => undefined;
  #gate: Promise<void> = Promise.resolve();
  go: () => void = () => undefined;

  constructor(memory: MemoryLake) {
    const real = memory.connect();
    let opened = 0;
    this.lake = { ...real, openSpool: () => (opened++ === 0 ? this.#wrap(real.openSpool()) : real.openSpool()) };
  }

  pauseAt(read: number): Promise<void> {
    this.#at = this.#reads + read;
    this.#gate = new Promise((resolve) => {
      this.go = resolve;
    });
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  #wrap(spool: Spool): Spool {
    const read = async (offset: number, length: number) => {
      if (++this.#reads === this.#at) {
        this.#arrived();
        await this.#gate;
      }
      return spool.read(offset, length);
    };
    return { append: spool.append, read, clear: spool.clear, close: spool.close, memoryBytes: 0, diskBytes: 0 };
  }
}

describe('a writer', () => {
  test.each(['its object is looked for', 'its object is indexed'])(
    'that nothing holds yet is not released while a page waits for it: %s',
    async (wait) => {
      await putObject(lake, DATED, [dated('there')]);
      const memory = lake.connect();
      let reads = 0;
      let looks = 0;
      const others = async () => {
        for (let turn = 0; turn < 20; turn++) await Promise.resolve();
        // What another window does that is done meanwhile.
        const waiting = world.writers.all();
        for (const writer of await waiting) if (!writer.dirty) await world.writers.release(writer);
      };
      const slow: Lake = {
        ...memory,
        tagOf: async (key) => {
          const tag = await memory.tagOf(key);
          if (key === DATED && ++looks === 1 && wait === 'its object is looked for') void others();
          return tag;
        },
        read: async function* (key, tag) {
          if (++reads < 5 && wait === 'its object is indexed') await others();
          yield* memory.read(key, tag);
        },
      };
      const world = new WriterWorld(lake, plain, slow);
      const walk = world.beginWalk();

      await world.readRow(walk, dated('came'));
      await world.commitAll();

      expect([looks, reads]).toEqual([1, 2]);
      expect(objectLines(lake, DATED)).toEqual([dated('came'), dated('there')]);
    },
  );
});

describe('rows whose lines are fetched one by one', () => {
  const look = async (world: WriterWorld, lines: readonly string[], isHeld: () => boolean) => {
    const walk = world.beginWalk();
    const rows = lines.map((line) => world.identified(line));
    const { marks, missing } = await world.writers.hold(rows, world.logicalClock.request(walk), isHeld);
    return { walk, marks, missing: missing.map((row) => rows.indexOf(row)) };
  };

  test('a held row gates its window: one that somebody takes away before the commit is undecided', async () => {
    await putObject(lake, DATED, [dated('k'), dated('other')]);
    const world = new WriterWorld(lake, plain);
    await world.writers.prepare(['2026-03-01']);
    const { walk, marks, missing } = await look(world, [dated('k'), dated('new')], () => true);
    const [[writer, mark] = []] = [...marks];
    await putObject(lake, DATED, [dated('other')]);
    const before = writer?.committedMark;
    await world.commitAll();

    expect(missing).toEqual([1]);
    expect(before).toBeLessThan(mark ?? 0);
    expect(writer?.committedMark).toBeGreaterThanOrEqual(mark ?? Number.POSITIVE_INFINITY);
    expect(walk.undecided).toBe(true);
  });

  test('a held row with a time leaves the undated rows, and one that does not count as held stays', async () => {
    await putObject(lake, DATED, [dated('k')]);
    await putObject(lake, UNDATED, [undated('k'), undated('other')]);
    const world = new WriterWorld(lake, plain);
    await world.writers.prepare([undefined, '2026-03-01']);
    const nothing = await look(world, [dated('k')], () => false);
    await world.commitAll();
    const before = objectLines(lake, UNDATED);
    await look(world, [dated('k')], () => true);
    await world.commitAll();

    expect(nothing.missing).toEqual([0]);
    expect(before).toEqual([undated('k'), undated('other')]);
    expect(objectLines(lake, UNDATED)).toEqual([undated('other')]);
  });

  test('wait for their commit for a second, or for ten times as long as it takes', async () => {
    const definition = { ...plain, details: { parent: plain.stream, path: '/{id}', changes: [], revisits: [] } };
    const connected = lake.connect((name) => {
      if (name.startsWith('replace ')) world.nowMs += 2000;
    });
    const world = new WriterWorld(lake, definition as typeof plain, connected);
    await world.writers.prepare(['2026-03-01']);
    const dueAfter = async (ms: number) => {
      world.nowMs += ms;
      return (await world.writers.due()).length;
    };
    await world.readRow(world.beginWalk(), dated('a'));
    const first = [await dueAfter(999), await dueAfter(1)];
    await world.commitAll();
    await world.readRow(world.beginWalk(), dated('b'));
    const second = [await dueAfter(19_999), await dueAfter(1)];

    expect(first).toEqual([0, 1]);
    expect(second).toEqual([0, 1]);
  });

  test('wait for the longest of the commits that are made at once, not for all of them', async () => {
    const definition = { ...plain, details: { parent: plain.stream, path: '/{id}', changes: [], revisits: [] } };
    const days = Array.from({ length: 4 }, (_, i) => `{"ID":"k-${i}","DatetimeUTC":"2026-03-0${i + 1}T12:00:00Z"}`);
    const connected = lake.connect((name) => {
      if (name.startsWith('replace ')) world.nowMs += 200;
    });
    const world = new WriterWorld(lake, definition as typeof plain, connected);
    const readAll = async () => {
      for (const line of days) await world.readRow(world.beginWalk(), line);
    };
    await readAll();
    await world.commitAll();
    for (const [i, line] of days.entries()) days[i] = line.replace('}', ',"x":1}');
    await readAll();
    world.nowMs += 1999;
    const before = (await world.writers.due()).length;
    world.nowMs += 1;

    expect(before).toBe(0);
    expect(await world.writers.due()).toHaveLength(4);
  });

  test('lines are read back wherever they lie: in the object, in the spool, among the undated', async () => {
    const many = Array.from({ length: 40 }, (_, i) => dated(`k-${i}`));
    await putObject(lake, DATED, many.slice(0, 20));
    await putObject(lake, UNDATED, [undated('late')]);
    const world = new WriterWorld(lake, plain);
    await world.writers.prepare([undefined, '2026-03-01']);
    const walk = world.beginWalk();
    for (const line of many.slice(20)) await world.readRow(walk, line);
    const rows = [dated('k-3'), dated('k-33'), dated('late'), dated('nowhere')].map((line) => world.identified(line));
    const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

    const all = await world.writers.readBack(rows, 1_000_000);
    const some = await world.writers.readBack(rows.slice(0, 2), 1);

    expect(rows.map((row) => text(all.get(row)))).toEqual([dated('k-3'), dated('k-33'), undated('late'), undefined]);
    expect([...some.values()].map(text)).toEqual([dated('k-3')]);
  });
});
