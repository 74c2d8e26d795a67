import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { checkpointName } from '../../../contract/layout.ts';
import { streamDefinition } from '../../../contract/streams.ts';
import { ConvlakeError } from '../../../functions/engine/errors.ts';
import type { Ports } from '../../../functions/engine/ports.ts';
import { HOUR_MS } from '../../support/durations.ts';
import { lakeDifferences, noDifferences } from '../../support/lake/lake-differences.ts';
import { exportedScene, type Scene, testScene } from '../../support/run/scene.ts';

describe('a checkpoint that is none', () => {
  function checkpointPath({ lake, stream, simulator }: Scene): string {
    const { source } = streamDefinition(stream);
    return join(lake, '.checkpoints', `${checkpointName({ source, stream, tenant: simulator.tenant })}.json`);
  }

  test.each([
    ['of a format to come', (text: string) => text.replace('"v":2', '"v":3')],
    ['cut short', (text: string) => text.slice(0, 40)],
    ['empty', () => ''],
    ['with a field that nobody knows', (text: string) => text.replace('"v":2', '"v":2,"more":1')],
  ] as const)('stops the run before it reads anything, and stays as it is: %s', async (_, way) => {
    const scene = await exportedScene();
    const path = checkpointPath(scene);
    const right = await readFile(path, 'utf8');
    const requests = () => scene.simulator.stats(scene.stream).requests;
    const before = requests();
    await writeFile(path, way(right));

    const failure = await scene.run().catch((error: unknown) => error);
    const asked = requests() - before;
    const kept = await readFile(path, 'utf8');
    await writeFile(path, right);
    await scene.settle();

    expect(failure).toMatchObject({ code: 'checkpoint-unreadable', message: expect.stringContaining(path) });
    expect(kept).toBe(way(right));
    expect(asked).toBe(0);
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test('a folder in its place is no absence', async () => {
    const scene = await exportedScene();
    const path = checkpointPath(scene);
    await rename(path, `${path}.aside`);
    await mkdir(path);

    const failure = await scene.run().catch((error: unknown) => error);
    await rm(path, { recursive: true });
    await rename(`${path}.aside`, path);
    await scene.settle();

    expect(failure).toMatchObject({ code: 'checkpoint-unreadable', message: expect.stringContaining(path) });
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test('none at all begins again from the start, and changes no object that is right', async () => {
    const scene = await testScene({ stream: 'salesloft.conversations' });
    await scene.run();
    await rm(checkpointPath(scene));

    const again = await scene.run();

    expect(again).toMatchObject({ outcome: 'caught up', objects: [], rows: { new: 0, changed: 0 } });
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });
});

describe('a disk that fails', () => {
  const full = () =>
    new ConvlakeError('lake-unavailable', 'retry', 'the disk is full', {
      cause: Object.assign(new Error(), { code: 'ENOSPC' }),
    });

  /** From the n-th use on it fails. */
  function failing(nth: number, error: () => Error) {
    let uses = 0;
    return () => {
      if (++uses >= nth) throw error();
    };
  }

  function failingFirst<A extends readonly unknown[], R>(fail: () => void, use: (...args: A) => Promise<R>) {
    return async (...args: A): Promise<R> => {
      fail();
      return use(...args);
    };
  }

  const places: Readonly<Record<string, (fail: () => void) => (ports: Ports) => Ports>> = {
    'writing an object': (fail) => (ports) => ({
      ...ports,
      lake: { ...ports.lake, replace: failingFirst(fail, ports.lake.replace) },
    }),
    'writing an object, midway': (fail) => (ports) => ({
      ...ports,
      lake: {
        ...ports.lake,
        replace: (key, expected, pieces, provenance) =>
          ports.lake.replace(key, expected, breaking(pieces, fail), provenance),
      },
    }),
    'looking at an object': (fail) => (ports) => ({
      ...ports,
      lake: { ...ports.lake, tagOf: failingFirst(fail, ports.lake.tagOf) },
    }),
    'writing the spool': (fail) => (ports) => ({
      ...ports,
      lake: {
        ...ports.lake,
        openSpool: () => {
          const spool = ports.lake.openSpool();
          return Object.create(spool, {
            append: { value: failingFirst(fail, spool.append) },
          });
        },
      },
    }),
    'writing the checkpoint': (fail) => (ports) => ({
      ...ports,
      checkpoints: { ...ports.checkpoints, write: failingFirst(fail, ports.checkpoints.write) },
    }),
  };

  async function* breaking(pieces: AsyncIterable<Uint8Array>, fail: () => void): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      fail();
      yield piece;
    }
  }

  const cases = Object.keys(places).flatMap((place) =>
    // A short run writes its checkpoint once.
    (place === 'writing the checkpoint' ? [1] : [1, 2]).map((nth) => ({ place, nth })),
  );

  test.each(cases)(
    'failing from use $nth on at $place fails the run, and the next makes good',
    async ({ place, nth }) => {
      for (const stream of ['crescendo.vocconv', 'salesloft.conversations'] as const) {
        const scene = await exportedScene(stream);
        const ports = places[place]?.(failing(nth, full));

        const outcome = await scene.run({ ...(ports && { ports }) }).then(
          (summary) => summary.outcome,
          () => 'thrown',
        );
        await scene.settle();

        expect(outcome).not.toBe('caught up');
        expect(await lakeDifferences(scene)).toEqual(noDifferences);
      }
    },
  );

  test('a surprise passes through as it is, and nothing is lost', async () => {
    const scene = await exportedScene();
    const surprise = new Error('nobody expected this');
    const ports = places['writing an object']?.(failing(2, () => surprise));

    const thrown = await scene.run({ ...(ports && { ports }) }).catch((error: unknown) => error);
    await scene.settle();

    expect(thrown).toBe(surprise);
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });
});

describe('a lake that cannot be used', () => {
  test('a file in its place is named, and stays', async () => {
    const scene = await testScene({ stream: 'crescendo.vocconv' });
    const lake = join(scene.lake, 'file');
    await writeFile(lake, 'mine');

    const failure = await scene.run({ lake }).catch((error: unknown) => error);

    expect(failure).toMatchObject({ code: 'lake-unavailable', message: expect.stringContaining(lake) });
    expect(await readFile(lake, 'utf8')).toBe('mine');
  });

  test("a file in the place of a table's folder stops the stream, and stays", async () => {
    const scene = await testScene({ stream: 'crescendo.vocconv' });
    const table = join(scene.lake, 'crescendo_vocconv');
    await writeFile(table, 'mine');

    const { outcome, error } = await scene.run();
    const kept = await readFile(table, 'utf8');
    await rm(table);
    await scene.settle();

    expect(outcome).toBe('failed');
    expect(error).toMatchObject({ code: 'lake-unavailable' });
    expect(error?.message).toContain(table);
    expect(kept).toBe('mine');
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });
});

describe('leftovers of dead processes', () => {
  /** More than any process number that Linux gives (pid_max is at most 2^22). */
  const NOBODY = 4_999_999;

  test('go at the next run; those of living ones stay, and readers see neither', async () => {
    const scene = await testScene({ stream: 'crescendo.vocconv' });
    const folders = [NOBODY, process.ppid].map((pid) => join(scene.lake, '.tmp', `${hostname()}-${pid}-1`));
    const [dead = '', living = ''] = folders;
    for (const folder of folders) {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'half an object'), gzipSync('{"ID":"half"}\n'));
    }

    await scene.run();

    await expect(stat(dead)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(living)).toEqual(['half an object']);
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test('that nobody touched for a day go too, whoever left them', async () => {
    const scene = await testScene({ stream: 'crescendo.vocconv' });
    const folder = join(scene.lake, '.tmp', 'another-host-1-1');
    await mkdir(folder, { recursive: true });
    const twoDaysAgo = (Date.now() - 48 * HOUR_MS) / 1000;
    await utimes(folder, twoDaysAgo, twoDaysAgo);

    await scene.run();

    expect(await readdir(join(scene.lake, '.tmp'))).toEqual([]);
  });
});
