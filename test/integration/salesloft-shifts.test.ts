import { describe, expect, test } from 'vitest';
import { lakeDifferences, noDifferences } from '../support/lake-differences.ts';
import { mutator, seededRandom } from '../support/mutations.ts';
import { naiveTarget, walkByPageNumber, walkStrictlyAfter } from '../support/naive-walks.ts';
import { HOUR_MS, MINUTE_MS, type Scene, type SceneKnobs, testScene } from '../support/scene.ts';

const stream = 'salesloft.conversations';

const renderings: readonly { readonly name: string; readonly knobs: SceneKnobs }[] = [
  { name: 'milliseconds', knobs: {} },
  { name: 'microseconds', knobs: { precision: 'microseconds' } },
  { name: 'microseconds with an offset', knobs: { precision: 'microseconds', offsetMinutes: -240 } },
  { name: 'milliseconds with an offset', knobs: { offsetMinutes: 330 } },
  { name: 'ties in shuffled order', knobs: { tieMs: 6 * HOUR_MS, shuffleTies: true } },
  { name: 'ties, microseconds', knobs: { tieMs: 6 * HOUR_MS, precision: 'microseconds' } },
  { name: 'no paging in the envelope', knobs: { envelope: 'without-paging' } },
  { name: 'a bare array', knobs: { envelope: 'bare-array' } },
  { name: 'a bare array, ties', knobs: { envelope: 'bare-array', tieMs: 6 * HOUR_MS } },
  { name: 'no paging, ties, an offset', knobs: { envelope: 'without-paging', tieMs: 3 * HOUR_MS, offsetMinutes: 60 } },
];

function keysOf(scene: Scene): string[] {
  return [...scene.world.current()].flatMap(({ key }) => key ?? []);
}

/** Updates a row of the front before every request, so that all behind it move up. */
function moveTheFront(scene: Scene): void {
  const front = [...scene.world.current()].flatMap(({ key, version = '' }) => (key ? [{ key, version }] : []));
  front.sort((a, b) => Date.parse(a.version) - Date.parse(b.version));
  scene.onRequest((request) => {
    scene.advance(1000);
    scene.world.change(front[request]?.key ?? '', { note: `moved ${request}` });
  });
}

describe('a Salesloft walk under which rows move', () => {
  test.each(renderings)('ends with every row once and newest: $name', async ({ knobs }) => {
    const scene = await testScene({ stream, knobs });
    const mutate = mutator(scene, seededRandom(11));
    scene.onRequest((request) =>
      mutate((['changes', 'appears', 'vanishes', 'changes'] as const)[request % 4] ?? 'changes'),
    );
    for (let hour = 0; hour < 3; hour++) {
      await scene.run();
      scene.advance(HOUR_MS);
    }

    await scene.settle();

    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test('misses nothing when the front moves to the end all the time', async () => {
    const scene = await testScene({ stream });
    moveTheFront(scene);

    const { outcome } = await scene.run();

    expect(outcome).toBe('caught up');
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test('is what a walk by page number loses rows to', async () => {
    const scene = await testScene({ stream });
    const before = keysOf(scene);
    moveTheFront(scene);

    const rows = await walkByPageNumber(naiveTarget(scene), {
      after: '2020-01-01T00:00:00Z',
      perPage: 10,
      maxPages: 30,
    });

    const read = new Set(rows.map(({ key }) => key));
    expect(before.filter((key) => !read.has(key)).length).toBeGreaterThan(0);
  });
});

describe('rows that share one updated_at', () => {
  async function bulkUpdated(knobs: SceneKnobs): Promise<Scene> {
    const scene = await testScene({ stream, rows: 260, knobs });
    await scene.run();
    scene.advance(HOUR_MS);
    scene.world.touch(keysOf(scene).slice(0, 230), scene.now() - 40 * MINUTE_MS);
    return scene;
  }

  test.each([
    { name: 'created at different times', knobs: {} },
    { name: 'in shuffled order', knobs: { shuffleTies: true } },
    { name: 'created in few instants, in shuffled order', knobs: { tieMs: 12 * HOUR_MS, shuffleTies: true } },
    { name: 'microseconds', knobs: { precision: 'microseconds' } },
  ] as const)('are all read in the next run, though some leave the instant meanwhile: $name', async ({ knobs }) => {
    const scene = await bulkUpdated(knobs);
    const keys = keysOf(scene);
    scene.onRequest((request) => {
      scene.advance(1000);
      if (request < 60) scene.world.change(keys[request * 3] ?? '', { note: `left ${request}` });
    });

    const { outcome } = await scene.run();

    expect(outcome).toBe('caught up');
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  });

  test('are what a walk strictly after the last row loses', async () => {
    const scene = await bulkUpdated({});

    const rows = await walkStrictlyAfter(naiveTarget(scene), { after: '2020-01-01T00:00:00Z', perPage: 10 });

    expect(new Set(rows.map(({ key }) => key)).size).toBeLessThan(keysOf(scene).length - 200);
  });
});

test('an hour in which Salesloft answers "nothing" hides no row from the hours after it', async () => {
  const scene = await testScene({ stream });
  await scene.run();
  scene.turn({ emptyDuring: [{ from: scene.now() + 1, to: scene.now() + HOUR_MS + 1 }] });
  // Within the span of a deep re-read nothing would be at stake: these rows changed long before it.
  for (const key of keysOf(scene).slice(0, 30)) scene.world.change(key, { note: 'unseen' });
  scene.advance(HOUR_MS);

  const during = await scene.run();
  scene.advance(HOUR_MS);
  const after = await scene.run();

  expect(during).toMatchObject({ outcome: 'caught up', rows: { read: 0 } });
  expect(after.outcome).toBe('caught up');
  expect(await lakeDifferences(scene)).toEqual(noDifferences);
});

test('a row that is visible ten minutes after its own updated_at is read', async () => {
  const scene = await testScene({ stream });
  await scene.run();
  const at = new Date(scene.now() - 10 * MINUTE_MS).toISOString();
  scene.world.put({ id: 'late', created_at: at, updated_at: at });
  scene.advance(MINUTE_MS);

  await scene.run();

  expect(await lakeDifferences(scene)).toEqual(noDifferences);
});

test.each(['ignoreFilters', 'ignoreSort'] as const)(
  'fails and goes no further when Salesloft does what %s says, and makes good afterwards',
  async (ignored) => {
    const scene = await testScene({ stream });
    await scene.run();
    scene.advance(HOUR_MS);
    scene.turn({ [ignored]: true });

    const failed = await scene.run();
    scene.turn({ [ignored]: false });
    await scene.settle();

    expect(failed.outcome).toBe('failed');
    expect(failed.error).toMatchObject({ code: 'filter-ignored' });
    expect(await lakeDifferences(scene)).toEqual(noDifferences);
  },
);
