import { expect } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import { keyIn } from '../../../simulator/rows/fields.ts';
import { DAY_MS, HOUR_MS } from '../../../support/durations.ts';
import { lakeRows } from '../../../support/run/live-export.ts';
import { BEGIN_MS, type Scene } from '../../../support/run/scene.ts';
import { expectExactLake, expectNothingWrong } from '../promise.ts';
import { caughtUpAlways } from '../proofs.ts';
import type { Proof, SourceCase } from '../source-case.ts';
import { expectFetchedOnce } from './detail-cases.ts';

function finalKeys({ world }: Scene): string[] {
  const isFinal = (line: string) => /"status":"(?:done|completed)"/.test(line);
  return [...world.current()].flatMap(({ key, line }) => (key !== undefined && isFinal(line) ? [key] : []));
}

/** Transcripts go, and their rows tell that something has changed. */
async function emptiedRun(scene: Scene, told: boolean) {
  await scene.run();
  const keys = finalKeys(scene).slice(-8);
  scene.turn({
    details: { turnsInList: 'none', emptied: { share: 1, afterMs: 0, told } },
  });
  for (const key of keys) scene.world.change(key, { note: 'emptied' });
  const summary = await scene.run();
  return { keys, summary };
}

/** A transcript that the vendor says it has deleted is deleted here as well. */
const erasureIsFollowed: Proof = async (scene) => {
  const { keys, summary } = await emptiedRun(scene, true);

  expect(summary).toMatchObject({ outcome: 'caught up', details: { suspicious: 0 } });
  expect(summary.details?.erased).toBeGreaterThanOrEqual(keys.length);
  scene.turn({ details: { emptied: { share: 0, afterMs: 0, told: true } } });
};

/** Links that are signed anew are no change: a second run fetches nothing. */
const linksAreNoChange: Proof = async (scene, of) => {
  await caughtUpAlways(3)(scene, of);

  expectFetchedOnce(scene);
};

/** A transcript that is emptied without a word of the vendor's does not take the place of the one that is held. */
const untoldLossIsNotFollowed: Proof = async (scene) => {
  const { keys, summary } = await emptiedRun(scene, false);

  expect(summary).toMatchObject({ outcome: 'caught up', details: { erased: 0 } });
  expect(summary.details?.suspicious).toBeGreaterThanOrEqual(keys.length);
  const lines = await lakeRows(scene.lake, streamDefinition(scene.stream).table);
  const held = new Map(lines.map(({ line }) => [String(keyIn(JSON.parse(line), [['conversation_id']])), line]));
  expect(keys.filter((key) => held.get(key)?.includes('"transcript":[]'))).toEqual([]);
};

/** Turns that a row of the list carries are taken as they are. */
const turnsInListAreTaken: Proof = async (scene) => {
  const { outcome } = await scene.run();

  expect(outcome).toBe('caught up');
  expect(scene.details?.asked()).toBe(0);
  await expectExactLake(scene);
};

/** A chat of ten days ends as a final detail, though no lookback reaches its beginning any more. */
const longCallsEnd: Proof = async (scene) => {
  for (let day = 0; day < 13; day++) {
    const { outcome, details } = await scene.run();
    expect(outcome).toBe('caught up');
    if (day === 0) expect(details?.open).toBeGreaterThan(1);
    scene.advance(DAY_MS);
  }
  await expectNothingWrong(scene);
};

/** A transcript that goes without a word. */
export const emptiedUntold: SourceCase = {
  name: 'transcripts that are emptied, and nothing says why',
  why: 'a retention that nobody meant, or a bug; the lake may hold the only copy',
  spoilt: { details: { emptied: { share: 1, afterMs: 0, told: false } } },
  prove: untoldLossIsNotFollowed,
};

/** Of Voiceable, whose list may hold what others have to be asked for. */
export const turnsInList: SourceCase = {
  name: 'rows of the list that carry their turns',
  why: 'to ask for each of them would cost what has been paid for already',
  knobs: { details: { turnsInList: 'some' } },
  prove: turnsInListAreTaken,
};

/** What the details of calls may do at ElevenLabs, which tells of them what it has done. */
export const callCases: readonly SourceCase[] = [
  emptiedUntold,
  {
    name: 'transcripts that are emptied, and the vendor says so',
    why: 'people have a right to it; a copy that stays is one that nobody finds',
    prove: erasureIsFollowed,
    spoilt: { details: { emptied: { share: 1, afterMs: 0, told: true } } },
  },
  {
    name: 'links to files that are signed anew with every response',
    why: 'a client that compares bytes takes each for a change',
    knobs: { details: { signedLinks: true } },
    prove: linksAreNoChange,
  },
  {
    name: 'calls whose analysis comes hours after they ended',
    why: 'nothing in the list need tell that it has come',
    knobs: { details: { analysisLate: { share: 1, byMs: 3 * HOUR_MS } } },
    prove: caughtUpAlways(3),
  },
  {
    name: 'chats that go on for ten days',
    why: 'no lookback by their beginning reaches their end',
    knobs: { details: { longCalls: { share: 0.3, forMs: 10 * DAY_MS, beforeMs: BEGIN_MS } } },
    rows: 10,
    prove: longCallsEnd,
  },
];
