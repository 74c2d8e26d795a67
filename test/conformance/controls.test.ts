import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../support/durations.ts';
import { type Mutation, mutator, seededRandom } from '../support/run/mutations.ts';
import { type Scene, testScene } from '../support/run/scene.ts';
import {
  cursorNames,
  naiveTarget,
  walkByPageNumber,
  walkStrictlyAfter,
  walkUntilShortPage,
} from '../support/vendor/naive-walks.ts';

const CURSOR_STREAMS = [
  'crescendo.vocconv',
  'crescendo.botconv',
  'voiceable.conversations',
  'elevenlabs.conversations',
] as const;
const SALESLOFT = 'salesloft.conversations';
const LONG_AGO = '2020-01-01T00:00:00Z';

function keysOf(scene: Scene): string[] {
  return [...scene.world.current()].flatMap(({ key }) => key ?? []);
}

/** What a client reads that trusts cursors, and takes a short page for the last. */
async function naively(scene: Scene): Promise<string[]> {
  const { simulator, stream } = scene;
  const [from, to] = [simulator.since, scene.now() + HOUR_MS];
  const query: Record<string, string> = stream.startsWith('crescendo')
    ? { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
    : { call_start_after_unix: String(from / 1000), call_start_before_unix: String(to / 1000) };
  const names = cursorNames[stream.split('.')[0] as keyof typeof cursorNames]; // streams of these sources only come here
  const resend = !stream.startsWith('crescendo');
  const rows = await walkUntilShortPage(naiveTarget(scene), names, { query, size: 10, resend });
  return rows.map(({ key }) => key);
}

describe('clients as they are commonly written lose rows to the cases of the conformance suite', () => {
  test.each(CURSOR_STREAMS)('to rows of %s that come and go between pages', async (stream) => {
    const scene = await testScene({ stream, knobs: { cursor: 'offset', order: 'oldest-first' } });
    const before = new Set(keysOf(scene));
    const mutations: readonly Mutation[] = ['vanishes', 'vanishes', 'appears'];
    const mutate = mutator(scene, seededRandom(7));
    scene.onRequest((request) => mutate(mutations[request % mutations.length] ?? 'changes'));
    const read = await naively(scene);

    const lost = keysOf(scene).filter((key) => before.has(key) && !read.includes(key));

    expect(lost.length).toBeGreaterThan(0);
  });

  test.each(['emptyPageEvery', 'shortPageEvery'] as const)('to %s', async (knob) => {
    const scene = await testScene({ stream: 'elevenlabs.conversations', knobs: { [knob]: 2 } });

    const rows = await naively(scene);

    expect(rows.length).toBeLessThan(scene.world.count());
  });

  test('to ends that are both exclusive, by days from midnight to midnight', async () => {
    const scene = await testScene({ stream: 'crescendo.vocconv', knobs: { tieMs: HOUR_MS, fromEnd: 'exclusive' } });
    const read = new Set<string>();
    for (let from = scene.simulator.since; from < scene.now(); from += DAY_MS) {
      const query = { from: new Date(from).toISOString(), to: new Date(from + DAY_MS).toISOString() };
      const target = naiveTarget(scene);
      const rows = await walkUntilShortPage(target, cursorNames.crescendo, { query, size: 1000, resend: false });
      for (const { key } of rows) read.add(key);
    }

    expect(keysOf(scene).filter((key) => !read.has(key)).length).toBeGreaterThan(0);
  });

  test('to a front of Salesloft rows that moves to the end, by page number', async () => {
    const scene = await testScene({ stream: SALESLOFT });
    const front = [...scene.world.current()].flatMap(({ key, version = '' }) => (key ? [{ key, version }] : []));
    front.sort((a, b) => Date.parse(a.version) - Date.parse(b.version));
    scene.onRequest((request) => {
      scene.advance(1000);
      scene.world.change(front[request]?.key ?? '', { note: `moved ${request}` });
    });

    const rows = await walkByPageNumber(naiveTarget(scene), { after: LONG_AGO, perPage: 10, maxPages: 30 });

    const read = new Set(rows.map(({ key }) => key));
    expect(front.filter(({ key }) => !read.has(key)).length).toBeGreaterThan(0);
  });

  test('to a bulk update of Salesloft rows, strictly after the last row', async () => {
    const scene = await testScene({ stream: SALESLOFT, rows: 260 });
    scene.advance(HOUR_MS);
    scene.world.touch(keysOf(scene).slice(0, 230), scene.now() - 40 * MINUTE_MS);

    const rows = await walkStrictlyAfter(naiveTarget(scene), { after: LONG_AGO, perPage: 10 });

    expect(new Set(rows.map(({ key }) => key)).size).toBeLessThan(keysOf(scene).length - 200);
  });
});
