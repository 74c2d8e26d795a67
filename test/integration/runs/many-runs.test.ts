import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { streams } from '../../../contract/streams.ts';
import { HOUR_MS, MINUTE_MS } from '../../support/durations.ts';
import { lakeDifferences, noDifferences } from '../../support/lake/lake-differences.ts';
import { type Mutation, mutator, seededRandom } from '../../support/run/mutations.ts';
import { pagesAllowed, requestsAllowed, type Scene, testScene } from '../../support/run/scene.ts';

const mutations: readonly Mutation[] = ['changes', 'appears', 'changes'];

/** Runs with time for so many pages, or of details requests, until one is caught up, with changes between and during runs; how many it took. */
async function shortRuns(
  scene: Scene,
  how: { pages: number; requests: number; mostRuns: number; betweenMs: number },
): Promise<number> {
  const mutate = mutator(scene, seededRandom(3));
  // A page of a list has ten rows, so a detail is a tenth of one.
  const every = scene.details ? 10 : 1;
  scene.onRequest((request) => {
    if (request % every === 0) mutate(mutations[(request / every) % mutations.length] ?? 'changes');
  });
  for (let runs = 1; runs <= how.mostRuns; runs++) {
    const { outcome, error } = await scene.run(
      scene.details ? requestsAllowed(scene, how.requests) : pagesAllowed(how.pages),
    );
    if (error) throw error;
    if (outcome === 'caught up') return runs;
    scene.advance(how.betweenMs);
  }
  throw new Error(`not caught up after ${how.mostRuns} runs`);
}

describe.each([...streams.keys()])('%s in runs that have time for five pages', (stream) => {
  test('ends its first load, with every update made meanwhile', async () => {
    const scene = await testScene({ stream, rows: 300 });

    const runs = await shortRuns(scene, { pages: 5, requests: 60, mostRuns: 30, betweenMs: MINUTE_MS });
    await scene.settle();

    expect(runs).toBeGreaterThan(3);
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test('ends the daily deep re-read beside what is new, with every update made meanwhile', async () => {
    const scene = await testScene({ stream, rows: 200 });
    await scene.run();
    scene.advance(17 * HOUR_MS);

    const runs = await shortRuns(scene, { pages: 5, requests: 25, mostRuns: 40, betweenMs: 10 * MINUTE_MS });
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
