import { describe, expect, test } from 'vitest';
import { streams } from '../../../contract/streams.ts';
import type { Ports } from '../../../functions/engine/ports.ts';
import { HOUR_MS } from '../../support/durations.ts';
import { lakeDifferences, noDifferences } from '../../support/lake/lake-differences.ts';
import { type Mutation, mutator, seededRandom } from '../../support/run/mutations.ts';
import { type Scene, testScene } from '../../support/run/scene.ts';

const mutations: readonly Mutation[] = ['changes', 'appears', 'changes'];

const freezingPoints = ['tagOf', 'read', 'replace', 'last piece', 'checkpoint', 'page'] as const;
type FreezingPoint = (typeof freezingPoints)[number];

/** Ports that freeze at the n-th passing of a point, until woken: before an effect, or when a page or an object's last piece is there. */
function freezing(port: FreezingPoint, nth: number) {
  const frozen = Promise.withResolvers<void>();
  const woken = Promise.withResolvers<void>();
  let uses = 0;
  const pass = async (used: FreezingPoint) => {
    if (used !== port || ++uses !== nth) return;
    frozen.resolve();
    await woken.promise;
  };
  async function* thenPass(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    yield* pieces;
    await pass('last piece');
  }
  const ports = ({ lake, checkpoints, fetchPage, ...others }: Ports): Ports => ({
    ...others,
    fetchPage: async (...args) => {
      const page = await fetchPage(...args);
      await pass('page');
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
      replace: async (key, expected, pieces, provenance) => {
        await pass('replace');
        return lake.replace(key, expected, thenPass(pieces), provenance);
      },
    },
  });
  return { ports, isFrozen: frozen.promise, wake: woken.resolve };
}

describe('two runs at once over files', () => {
  function changeAll(scene: Scene, note: string): void {
    for (const { key } of scene.world.current()) if (key) scene.world.change(key, { note });
  }

  const places = freezingPoints.flatMap((port) => [1, 2, 4].map((nth) => ({ port, nth })));

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

  test.each(['replace', 'last piece', 'page'] as const)(
    'one frozen at the first %s on an empty lake takes no row of the other away',
    async (port) => {
      for (const stream of ['crescendo.vocconv', 'salesloft.conversations'] as const) {
        const scene = await testScene({ stream, rows: 60 });
        const { ports, isFrozen, wake } = freezing(port, 1);
        const slow = scene.run({ ports });
        await Promise.race([isFrozen, slow]);
        scene.advance(HOUR_MS);
        changeAll(scene, 'newer');
        await scene.run();

        wake();
        await slow;

        expect(await lakeDifferences(scene)).toEqual(noDifferences);
      }
    },
  );

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
