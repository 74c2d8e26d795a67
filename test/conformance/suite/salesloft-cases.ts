import { expect } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../support/durations.ts';
import type { Scene, SceneKnobs } from '../../support/run/scene.ts';
import { pointsOfATeam } from './pace-cases.ts';
import { expectExactLake } from './promise.ts';
import { exactInRunsOf, exactWhileRows, stopsWith } from './proofs.ts';
import type { Proof, SourceCase } from './source-case.ts';

const renderings: readonly (readonly [name: string, why: string, knobs: SceneKnobs])[] = [
  ['microseconds', 'the vendor compares them, whatever it prints', { precision: 'microseconds' }],
  ['microseconds with an offset', 'as other endpoints print', { precision: 'microseconds', offsetMinutes: -240 }],
  ['milliseconds with an offset', 'a plus sign in a query is a blank', { offsetMinutes: 330 }],
  ['milliseconds rounded half up', 'a bound at the printed instant skips the row', { rounding: 'half-up' }],
  ['whole seconds', 'all of a second reads alike', { precision: 'seconds', tieMs: 7 * MINUTE_MS }],
  ['whole seconds rounded half up', 'both at once', { precision: 'seconds', rounding: 'half-up', offsetMinutes: -240 }],
  [
    'now these digits, now those, rounded half up',
    'printed order is not stored order',
    { precision: 'mixed', rounding: 'half-up' },
  ],
  ['a next page that is always named', 'the last rows come again without end', { nextPage: 'always' }],
  [
    'a next page that is always named, ties and whole seconds',
    'all at once',
    { nextPage: 'always', tieMs: 6 * HOUR_MS, precision: 'seconds' },
  ],
  ['null for no rows', 'some languages print an empty list so', { noRows: 'null' }],
  ['ties in another order each time', 'databases order equals as they like', { tieMs: 6 * HOUR_MS, shuffleTies: true }],
  ['ties in microseconds', 'an instant in full is still shared', { tieMs: 6 * HOUR_MS, precision: 'microseconds' }],
  ['no paging in the envelope', 'some v2 endpoints leave it out', { envelope: 'without-paging' }],
  ['a bare array', 'as the reference pages print it', { envelope: 'bare-array' }],
  ['a bare array with ties', 'nothing but the rows tells the end', { envelope: 'bare-array', tieMs: 6 * HOUR_MS }],
  [
    'no paging, ties and an offset',
    'all of it at once',
    { envelope: 'without-paging', tieMs: 3 * HOUR_MS, offsetMinutes: 60 },
  ],
];

const ties: readonly (readonly [name: string, knobs: SceneKnobs])[] = [
  ['created at different times', {}],
  ['in another order each time', { shuffleTies: true }],
  ['created in few instants, in another order each time', { tieMs: 12 * HOUR_MS, shuffleTies: true }],
  ['in microseconds', { precision: 'microseconds' }],
  ['rounded half up to whole seconds', { precision: 'seconds', rounding: 'half-up' }],
  ['behind which a next page is named', { nextPage: 'always' }],
];

function keysOf(scene: Scene): string[] {
  return [...scene.world.current()].flatMap(({ key }) => key ?? []);
}

async function bulkUpdate(scene: Scene): Promise<string[]> {
  await scene.run();
  scene.advance(HOUR_MS);
  const keys = keysOf(scene);
  scene.world.touch(keys.slice(0, 230), scene.now() - 40 * MINUTE_MS);
  return keys;
}

/** All rows of a bulk update are read in the next run, though some leave its instant meanwhile. */
const bulkUpdateIsRead: Proof = async (scene) => {
  const keys = await bulkUpdate(scene);
  scene.onRequest((request) => {
    scene.advance(1000);
    if (request < 60) scene.world.change(keys[request * 3] ?? '', { note: `left ${request}` });
  });

  const { outcome } = await scene.run();

  expect(outcome).toBe('caught up');
  await expectExactLake(scene);
};

/** A run that ends inside the shared instant leaves its place, and the next ones go on from there. */
const bulkUpdateInShortRuns: Proof = async (scene, of) => {
  await bulkUpdate(scene);
  await exactInRunsOf(4)(scene, of);
};

/** Before every request a row of the front is updated, so that all behind it move up. */
const frontMoves: Proof = async (scene) => {
  const front = [...scene.world.current()].flatMap(({ key, version = '' }) => (key ? [{ key, version }] : []));
  front.sort((a, b) => Date.parse(a.version) - Date.parse(b.version));
  scene.onRequest((request) => {
    scene.advance(1000);
    scene.world.change(front[request]?.key ?? '', { note: `moved ${request}` });
  });

  const { outcome } = await scene.run();

  expect(outcome).toBe('caught up');
  await expectExactLake(scene);
};

/** A row whose transaction was long: it is visible ten minutes after its own updated_at. */
const lateCommitIsRead: Proof = async (scene) => {
  await scene.run();
  const at = new Date(scene.now() - 10 * MINUTE_MS).toISOString();
  scene.world.put({ id: 'late', created_at: at, updated_at: at });
  scene.advance(MINUTE_MS);

  await scene.run();

  await expectExactLake(scene);
};

/** What Salesloft, which is walked by version, may do. */
export const salesloftCases: readonly SourceCase[] = [
  ...renderings.map(([name, why, knobs]) => ({
    name: `${name}, while rows come, change and go`,
    why,
    knobs,
    prove: exactWhileRows(['changes', 'appears', 'vanishes', 'changes']),
  })),
  ...ties.map(([name, knobs]) => ({
    name: `a bulk update of 230 rows, ${name}`,
    why: 'a walk strictly after the last row loses all but a page of them',
    knobs,
    rows: 260,
    prove: bulkUpdateIsRead,
  })),
  {
    name: 'a bulk update of 230 rows, read in runs with time for four pages',
    why: 'the place inside a shared instant must be kept as well',
    rows: 260,
    prove: bulkUpdateInShortRuns,
  },
  {
    name: 'a bulk update of 230 rows created in few instants, read in runs with time for four pages',
    why: 'by page number as well a run must go on where the last one was',
    knobs: { tieMs: 2 * DAY_MS },
    rows: 260,
    prove: bulkUpdateInShortRuns,
  },
  {
    name: 'a front that moves to the end all the time',
    why: 'by page number every row behind it would move up by one, unseen',
    prove: frontMoves,
  },
  {
    name: 'a row that is visible ten minutes after its own updated_at',
    why: 'long transactions; the lookback is there for them',
    prove: lateCommitIsRead,
  },
  {
    name: 'filters that are ignored',
    why: 'unknown parameters are dropped without a word',
    spoilt: { ignoreFilters: true },
    prove: stopsWith('filter-ignored'),
  },
  {
    name: 'a sort that is ignored',
    why: 'a walk by key over another order loses rows in silence',
    spoilt: { ignoreSort: true },
    prove: stopsWith('filter-ignored'),
  },
  {
    name: 'a sort direction that is refused',
    why: 'it is not documented for the list of transcriptions; without it that comes newest first, which no walk by key goes through',
    spoilt: { refusesDirection: true },
    prove: stopsWith('request-refused'),
  },
  ...pointsOfATeam,
];
