import { describe, expect, test } from 'vitest';
import { lakeDifferences, noDifferences } from '../support/lake-differences.ts';
import { type Mutation, mutator, seededRandom } from '../support/mutations.ts';
import { cursorNames, type NaiveRow, naiveTarget, walkUntilShortPage } from '../support/naive-walks.ts';
import { HOUR_MS, type Scene, testScene } from '../support/scene.ts';

const cursorStreams = [
  'crescendo.vocconv',
  'crescendo.botconv',
  'voiceable.conversations',
  'elevenlabs.conversations',
] as const;
const cursors = ['sort-key', 'offset', 'snapshot'] as const;
const orders = ['newest-first', 'oldest-first'] as const;
const everything: readonly Mutation[] = ['vanishes', 'changes', 'appears'];

/** Lets something happen to a row before every request. */
function disturb(scene: Scene, seed: number, mutations = everything): void {
  const mutate = mutator(scene, seededRandom(seed));
  scene.onRequest((request) => mutate(mutations[request % mutations.length] ?? 'changes'));
}

/** What a client reads that trusts cursors: the keys of each row it got, in order. */
async function naively(scene: Scene): Promise<string[]> {
  const { simulator, stream } = scene;
  const [from, to] = [simulator.since, scene.now() + HOUR_MS];
  const query: Record<string, string> = stream.startsWith('crescendo')
    ? { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
    : { call_start_after_unix: String(from / 1000), call_start_before_unix: String(to / 1000) };
  const names = cursorNames[stream.split('.')[0] as keyof typeof cursorNames]; // streams of these sources only come here
  const rows: readonly NaiveRow[] = await walkUntilShortPage(naiveTarget(scene), names, {
    query,
    size: 10,
    resend: !stream.startsWith('crescendo'),
  });
  return rows.map(({ key }) => key);
}

const cases = cursorStreams.flatMap((stream) =>
  cursors.flatMap((cursor) => orders.map((order) => ({ stream, cursor, order }))),
);

describe('rows that appear, change and vanish between pages', () => {
  test.each(cases)('of $stream end up once and newest: $cursor cursors, $order', async ({ stream, cursor, order }) => {
    const scene = await testScene({ stream, knobs: { cursor, order } });
    disturb(scene, 7);
    for (let hour = 0; hour < 3; hour++) {
      await scene.run();
      scene.advance(HOUR_MS);
    }

    await scene.settle();

    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test.each(cursorStreams)('of %s are lost and doubled by a client that trusts its cursors', async (stream) => {
    const scene = await testScene({ stream, knobs: { cursor: 'offset', order: 'oldest-first' } });
    const before = new Set([...scene.world.current()].map(({ key }) => key));
    disturb(scene, 7, ['vanishes', 'vanishes', 'appears']);
    const read = await naively(scene);
    const stayed = [...scene.world.current()].filter(({ key }) => before.has(key));

    const lost = stayed.filter(({ key }) => !read.includes(key ?? ''));

    expect(lost.length).toBeGreaterThan(0);
  });
});
