import { beforeEach, describe, expect, test } from 'vitest';
import { parseOversizedKey } from '../../../../../contract/layout.ts';
import { streamDefinition } from '../../../../../contract/streams.ts';
import { ConvlakeError } from '../../../../../functions/engine/errors.ts';
import { oversizedReference } from '../../../../../functions/engine/rows/oversized.ts';
import { DAY_MS, HOUR_MS } from '../../../../support/durations.ts';
import { MemoryLake, unpackedWhole } from '../../../../support/run/memory-ports.ts';
import { objectLines, putObject, WriterWorld } from '../../../../support/run/writer-world.ts';

const KEY = 'crescendo_vocconv/tenant=tenant-alpha/dt=2026-03-01/2026-03-01.ndjson.gz';
const LIMIT = 2000;
const definition = streamDefinition('crescendo.vocconv');

const small = (id: string, value = 1) => JSON.stringify({ ID: id, DatetimeUTC: '2026-03-01T10:00:00Z', value });
const large = (id: string, value = 1) =>
  JSON.stringify({ ID: id, DatetimeUTC: '2026-03-01T10:00:00Z', value, fill: 'x'.repeat(LIMIT) });

let memory: MemoryLake;
let effects: string[];
beforeEach(() => {
  memory = new MemoryLake();
  effects = [];
});

/** A run whose effects are noted, and may be spoilt. */
async function run(spoil: (effect: string) => void = () => undefined) {
  const lake = memory.connect((effect) => {
    effects.push(effect.replace(/[0-9a-f]{24}-[0-9a-f]{24}/, '…'));
    spoil(effect);
  });
  const world = new WriterWorld(memory, definition, lake, LIMIT);
  world.nowMs = memory.nowMs;
  const writer = await world.open(KEY);
  return { world, writer, walk: world.beginWalk() };
}

/** One run that reads these rows and commits them. */
async function runOver(...rows: string[]) {
  const { world, writer, walk } = await run();
  for (const row of rows) await world.read(writer, walk, row);
  return writer.commit();
}

function wholeRows(): string[] {
  return [...memory.objects].flatMap(([key, { bytes }]) =>
    parseOversizedKey(key) ? [unpackedWhole(bytes).toString()] : [],
  );
}

/** The rows of the object, those that are too large for a line from where their stubs say. */
function rowsHeld(): string[] {
  return objectLines(memory, KEY).map((line) => {
    const reference = oversizedReference(Buffer.from(line));
    if (reference === undefined) return line;
    return unpackedWhole(memory.objects.get(reference)?.bytes ?? Buffer.from('        it is not there')).toString();
  });
}

describe('a row too large for a line', () => {
  test('is put whole before the stub that stands for it', async () => {
    expect(await runOver(small('a'), large('b'))).toMatchObject({ rows: 2, newRows: 2 });

    expect(rowsHeld().sort()).toEqual([small('a'), large('b')].sort());
    const order = effects.filter((effect) => /^(putWhole|replace) /.test(effect)).map((effect) => effect.split(' ')[0]);
    expect(order).toEqual(['putWhole', 'replace']);
  });

  test('that is the same when it is read again is neither put nor committed', async () => {
    await runOver(large('a'));
    effects = [];

    expect(await runOver(large('a'))).toBeUndefined();
    expect(effects.filter((effect) => !/^(tagOf|read) /.test(effect))).toEqual([]);
  });

  test('stands in one place when it grows, changes and shrinks', async () => {
    for (const row of [small('a', 1), large('a', 2), large('a', 3), small('a', 4)]) {
      await runOver(row);

      expect(rowsHeld()).toEqual([row]);
    }
  });

  test('of one run stands in the state that was read last', async () => {
    await runOver(large('a', 1), small('a', 2), large('a', 3), large('a', 4));

    expect(rowsHeld()).toEqual([large('a', 4)]);
    expect(wholeRows()).toEqual([large('a', 4)]);
  });

  test('fails the commit when it cannot be put, and leaves the object as it was', async () => {
    await putObject(memory, KEY, [small('b')]);
    const { world, writer, walk } = await run((effect) => {
      if (effect.startsWith('putWhole')) throw new ConvlakeError('lake-unavailable', 'retry', 'cannot write');
    });
    await world.read(writer, walk, large('a'));

    await expect(writer.commit()).rejects.toThrow('cannot write');
    expect(rowsHeld()).toEqual([small('b')]);
  });

  test('is put again before every try of its commit: another run may have removed it meanwhile', async () => {
    let conflicts = 2;
    const { world, writer, walk } = await run((effect) => {
      if (!effect.startsWith('replace ') || conflicts-- <= 0) return;
      for (const key of memory.objects.keys()) if (parseOversizedKey(key)) memory.objects.delete(key);
      const present = memory.objects.get(KEY);
      if (present) memory.objects.set(KEY, { ...present, tag: `theirs-${conflicts}` });
    });
    await putObject(memory, KEY, [small('b')]);
    await world.read(writer, walk, large('a'));
    await putObject(memory, KEY, [small('b'), small('c')]);
    await writer.commit();

    expect(rowsHeld().sort()).toEqual([small('b'), small('c'), large('a')].sort());
  });

  test('that another run put in its place meanwhile is not doubled', async () => {
    const { world, writer, walk } = await run();
    await world.read(writer, walk, large('a'));
    await runOver(large('a'), small('b'));
    await writer.commit();

    expect(rowsHeld().sort()).toEqual([large('a'), small('b')].sort());
    expect(walk.undecided).toBe(false);
  });
});

describe('an object that nothing refers to', () => {
  test('goes with a later commit of its partition, two days after it was put', async () => {
    await runOver(large('a', 1), large('b'));
    memory.nowMs = 1.9 * DAY_MS;
    await runOver(large('a', 2));
    expect(wholeRows()).toHaveLength(3);
    memory.nowMs = 2.1 * DAY_MS;
    await runOver(small('c'));

    expect(wholeRows().sort()).toEqual([large('a', 2), large('b')].sort());
    expect(rowsHeld().sort()).toEqual([large('a', 2), large('b'), small('c')].sort());
  });

  test('goes when the row that it held has shrunk', async () => {
    await runOver(large('a', 1));
    memory.nowMs = 3 * DAY_MS;
    await runOver(small('a', 2));

    expect(wholeRows()).toEqual([]);
  });

  test('stays while it is not known whether the commit succeeded', async () => {
    await runOver(large('a', 1));
    memory.nowMs = 3 * DAY_MS;
    const { world, writer, walk } = await run((effect) => {
      if (effect.startsWith('replace ')) throw new ConvlakeError('lake-unavailable', 'retry', 'no response');
    });
    await world.read(writer, walk, small('a', 2));
    await expect(writer.commit()).rejects.toThrow('no response');

    expect(rowsHeld()).toEqual([large('a', 1)]);
  });

  test('stays when another run has put it anew since it was listed', async () => {
    await runOver(large('a', 1));
    memory.nowMs = 3 * DAY_MS;
    const { world, writer, walk } = await run((effect) => {
      if (!effect.startsWith('replaced ')) return;
      for (const [key, object] of memory.objects) {
        if (parseOversizedKey(key)) memory.objects.set(key, { ...object, tag: 'put anew' });
      }
    });
    await world.read(writer, walk, small('a', 2));
    await writer.commit();

    expect(wholeRows()).toEqual([large('a', 1)]);
  });

  test('is left with a warning where the lake does not list it', async () => {
    await runOver(large('a', 1));
    memory.nowMs = 3 * DAY_MS;
    const { world, writer, walk } = await run((effect) => {
      if (effect.startsWith('list ')) throw new ConvlakeError('lake-unavailable', 'stop-stream', 'may not list');
    });
    await world.read(writer, walk, small('a', 2));
    await writer.commit();

    expect(rowsHeld()).toEqual([small('a', 2)]);
    expect(world.observed).toMatchObject([{ event: 'warning', message: expect.stringContaining('may not list') }, {}]);
  });

  test('costs a partition that never had one no request', async () => {
    await runOver(small('a'));
    memory.nowMs = HOUR_MS;
    await runOver(small('a', 2));

    expect(effects.filter((effect) => effect.startsWith('list'))).toEqual([]);
  });
});
