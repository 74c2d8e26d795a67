import { expect } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../../support/durations.ts';
import type { Scene } from '../../../support/run/scene.ts';
import { expectExactLake, expectNothingWrong } from '../promise.ts';
import { caughtUpAlways, exactAtOnce, exactWhileRows, stopsWith } from '../proofs.ts';
import type { Proof, SourceCase } from '../source-case.ts';

function keysOf({ world }: Scene): string[] {
  return [...world.current()].flatMap(({ key }) => key ?? []);
}

/** A transcription that is made anew has fewer sentences: none of the old ones stays. */
const fewerSentences: Proof = async (scene) => {
  await scene.run();
  scene.advance(HOUR_MS);
  const keys = keysOf(scene).filter((key) => JSON.parse(scene.details?.text(key) ?? '[]').length > 4);
  for (const key of keys) {
    const sentences = JSON.parse(scene.details?.text(key) ?? '[]') as readonly unknown[];
    scene.world.change(key, { language_code: 'de-DE' });
    scene.details?.put(key, JSON.stringify(sentences.slice(0, 2)));
  }
  const { outcome, details } = await scene.run();

  expect(outcome).toBe('caught up');
  expect(keys.length).toBeGreaterThan(10);
  expect(details?.fetched).toBeGreaterThanOrEqual(keys.length);
  await expectExactLake(scene);
};

/** Sentences that change between two of their pages are read again, since their transcription has another version then. */
const changesBetweenPages: Proof = async (scene) => {
  const pages = new Map<string, number>();
  scene.turn({
    onRequest: (_, { path, query }) => {
      const key = /transcriptions\/([^/]+)\/sentences/.exec(path)?.[1];
      if (key === undefined || query['page'] !== '2' || pages.has(key)) return;
      pages.set(key, 1);
      scene.advance(1000);
      scene.world.change(key, {});
    },
  });
  await scene.run();
  await expectNothingWrong(scene);
  scene.advance(MINUTE_MS);
  await scene.run();

  expect(pages.size).toBeGreaterThan(2);
  await expectExactLake(scene);
};

/** How the list that is walked for details may be printed. */
const listCases: readonly SourceCase[] = [
  {
    name: 'microseconds with an offset, while rows come, change and go',
    why: 'tokens of the list go into the line as they are',
    knobs: { precision: 'microseconds', offsetMinutes: -240 },
    prove: exactWhileRows(['changes', 'appears', 'vanishes', 'changes']),
  },
  {
    name: 'whole seconds rounded half up, while rows come, change and go',
    why: 'all of a second reads alike',
    knobs: { precision: 'seconds', rounding: 'half-up' },
    prove: exactWhileRows(['changes', 'appears', 'vanishes', 'changes']),
  },
  {
    name: 'ties in another order each time, and a next page that is always named',
    why: 'rows of one instant are listed more than once, and fetched once',
    knobs: { tieMs: 6 * HOUR_MS, shuffleTies: true, nextPage: 'always' },
    prove: caughtUpAlways(2),
  },
  {
    name: 'filters of the list that are ignored',
    why: 'unknown parameters are dropped without a word',
    spoilt: { ignoreFilters: true },
    prove: stopsWith('filter-ignored'),
  },
];

/** What Salesloft may do with details of conversations. */
export const conversationCases: readonly SourceCase[] = [
  ...listCases,
  {
    name: 'summaries that come hours after their conversation',
    why: 'whether they bump updated_at is not documented',
    knobs: { details: { summaryAfterMs: 3 * HOUR_MS } },
    prove: caughtUpAlways(3),
  },
];

/** What Salesloft may do with sentences of transcriptions. */
export const sentenceCases: readonly SourceCase[] = [
  ...listCases,
  {
    name: 'null for the sentences of a last page that has none',
    why: 'some languages print an empty list so',
    knobs: { noRows: 'null' },
    prove: exactAtOnce,
  },
  {
    name: 'transcriptions that are made anew, with fewer sentences',
    why: 'a table of sentences would keep those that there are no more',
    prove: fewerSentences,
  },
  {
    name: 'transcriptions that are made anew between two of their pages',
    why: 'half of one and half of the other is neither',
    rows: 80,
    prove: changesBetweenPages,
  },
  {
    name: 'sentences without numbers',
    why: 'old transcriptions have none',
    knobs: { details: { unnumbered: 1 } },
    prove: exactAtOnce,
  },
  {
    name: 'pages of another length than asked for',
    why: 'a client that took 25 sentences for a page of 100 would miss the rest',
    spoilt: { details: { ignoresPaging: true } },
    prove: stopsWith('filter-ignored'),
  },
];
