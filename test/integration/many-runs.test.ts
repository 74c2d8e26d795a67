import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { streams } from '../../contract/streams.ts';
import type { Ports } from '../../functions/engine/ports.ts';
import { lakeDifferences, noDifferences } from '../support/lake-differences.ts';
import { type Mutation, mutator, seededRandom } from '../support/mutations.ts';
import { HOUR_MS, MINUTE_MS, pagesAllowed, type Scene, testScene } from '../support/scene.ts';

const mutations: readonly Mutation[] = ['changes', 'appears', 'changes'];

/** Runs with time for so many pages until one is caught up, with changes between and during runs; how many it took. */
async function shortRuns(scene: Scene, how: { pages: number; mostRuns: number; betweenMs: number }): Promise<number> {
  const mutate = mutator(scene, seededRandom(3));
  scene.onRequest((request) => mutate(mutations[request % mutations.length] ?? 'changes'));
  for (let runs = 1; runs <= how.mostRuns; runs++) {
    const { outcome, error } = await scene.run(pagesAllowed(how.pages));
    if (error) throw error;
    if (outcome === 'caught up') return runs;
    scene.advance(how.betweenMs);
  }
  throw new Error(`not caught up after ${how.mostRuns} runs`);
}

describe.each([...streams.keys()])('%s in runs that have time for five pages', (stream) => {
  test('ends its first load, with every update made meanwhile', async () => {
    const scene = await testScene({ stream, rows: 300 });

    const runs = await shortRuns(scene, { pages: 5, mostRuns: 30, betweenMs: MINUTE_MS });
    await scene.settle();

    expect(runs).toBeGreaterThan(3);
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test('ends the daily deep re-read beside what is new, with every update made meanwhile', async () => {
    const scene = await testScene({ stream, rows: 200 });
    await scene.run();
    scene.advance(17 * HOUR_MS);

    const runs = await shortRuns(scene, { pages: 5, mostRuns: 40, betweenMs: 10 * MINUTE_MS });
    await scene.settle();

    expect(runs).toBeGreaterThan(3);
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });
});

describe('a Salesloft walk that ends inside an instant that many rows share', () => {
  const stream = 'salesloft.conversations';

  async function placeIn({ lake, simulator }: Scene): Promise<unknown> {
    const path = join(lake, '.checkpoints/salesloft/conversations', `${simulator.tenant}.json`);
    const { walk }: { walk?: { tied?: unknown } } = JSON.parse(await readFile(path, 'utf8'));
    return walk?.tied;
  }

  test('goes on inside it, and does not begin it again', async () => {
    const scene = await testScene({ stream, rows: 200, knobs: { precision: 'microseconds' } });
    const keys = [...scene.world.current()].flatMap(({ key }) => key ?? []);
    scene.world.touch(keys, scene.now() - HOUR_MS);
    const places: unknown[] = [];
    let requests = 0;

    for (let outcome = ''; outcome !== 'caught up' && places.length < 30; ) {
      const summary = await scene.run(pagesAllowed(5));
      ({ outcome } = summary);
      requests += summary.requests;
      places.push(await placeIn(scene));
    }

    expect(places.filter((tied) => tied !== undefined).length).toBeGreaterThan(3);
    expect(places.at(-1)).toBeUndefined();
    // Read in one go, so many rows take about this many requests; a run more or less repeats one or two pages.
    expect(requests).toBeLessThan((keys.length / 10) * 1.6);
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test('finds rows that entered and left the instant meanwhile', async () => {
    const scene = await testScene({ stream, rows: 300 });
    const keys = [...scene.world.current()].flatMap(({ key }) => key ?? []);
    scene.world.touch(keys, scene.now() - HOUR_MS);

    for (let run = 0; run < 12; run++) {
      await scene.run(pagesAllowed(5));
      scene.advance(MINUTE_MS);
      for (const key of keys.slice(run * 20, run * 20 + 5)) scene.world.change(key, { note: `run ${run}` });
    }
    await scene.settle();

    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });
});

/** Ports that freeze before the n-th use of one of them, until woken. */
function freezing(port: 'tagOf' | 'read' | 'replace' | 'checkpoint' | 'fetchPage', nth: number) {
  const frozen = Promise.withResolvers<void>();
  const woken = Promise.withResolvers<void>();
  let uses = 0;
  const pass = async (used: typeof port) => {
    if (used !== port || ++uses !== nth) return;
    frozen.resolve();
    await woken.promise;
  };
  const ports = ({ lake, checkpoints, fetchPage, ...others }: Ports): Ports => ({
    ...others,
    fetchPage: async (...args) => {
      const page = await fetchPage(...args);
      await pass('fetchPage');
      return page;
    },
    checkpoints: {
      ...checkpoints,
      write: async (checkpoint) => {
        await pass('checkpoint');
        await checkpoints.write(checkpoint);
      },
    },
    lake: {
      ...lake,
      tagOf: async (key) => {
        await pass('tagOf');
        return lake.tagOf(key);
      },
      async *read(key, tag) {
        await pass('read');
        yield* lake.read(key, tag);
      },
      replace: async (...args) => {
        await pass('replace');
        return lake.replace(...args);
      },
    },
  });
  return { ports, isFrozen: frozen.promise, wake: woken.resolve };
}

describe('two runs at once over files', () => {
  function changeAll(scene: Scene, note: string): void {
    for (const { key } of scene.world.current()) if (key) scene.world.change(key, { note });
  }

  const places = (['tagOf', 'read', 'replace', 'checkpoint', 'fetchPage'] as const).flatMap((port) =>
    [1, 2, 4].map((nth) => ({ port, nth })),
  );

  test.each(places)('one frozen at $port $nth brings no older row back when it wakes', async ({ port, nth }) => {
    for (const stream of ['crescendo.vocconv', 'salesloft.conversations'] as const) {
      const scene = await testScene({ stream, rows: 60, configuration: { lookback: '3 days' } });
      await scene.run();
      changeAll(scene, 'older');
      scene.advance(HOUR_MS);
      const { ports, isFrozen, wake } = freezing(port, nth);
      const slow = scene.run({ ports });
      await Promise.race([isFrozen, slow]);
      changeAll(scene, 'newer');
      scene.advance(HOUR_MS);
      await scene.run();
      const before = await lakeDifferences(scene);

      wake();
      const woken = await slow;

      expect(before).toEqual(noDifferences);
      expect(woken.error).toBeUndefined();
      expect(await lakeDifferences(scene)).toEqual(noDifferences);
    }
  });

  test.each([...streams.keys()])('three that begin on an empty lake end with the exact set of %s', async (stream) => {
    const scene = await testScene({ stream });

    const runs = await Promise.all([scene.run(), scene.run(), scene.run()]);

    expect(runs.map(({ outcome }) => outcome)).toEqual(['caught up', 'caught up', 'caught up']);
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test.each([...streams.keys()])('two that read %s while it changes are put right by the next', async (stream) => {
    const scene = await testScene({ stream });
    const mutate = mutator(scene, seededRandom(21));
    scene.onRequest((request) => mutate(mutations[request % mutations.length] ?? 'changes'));
    for (let hour = 0; hour < 3; hour++) {
      await Promise.all([scene.run(), scene.run()]);
      scene.advance(HOUR_MS);
    }

    await scene.settle();

    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });
});
