import { expect } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import type { SeenRequest } from '../../../simulator/faults.ts';
import { HOUR_MS, MINUTE_MS } from '../../../support/durations.ts';
import type { LiveRun } from '../../../support/run/live-export.ts';
import type { LiveSummary, Scene } from '../../../support/run/scene.ts';
import { expectExactLake, expectNoSecret, expectNothingBelowWatermark, expectNothingWrong } from '../promise.ts';
import { caughtUpAlways, exactAtOnce, untilCaughtUp } from '../proofs.ts';
import type { Proof, SourceCase } from '../source-case.ts';

const status = (code: number) => ({ kind: 'status', status: code }) as const;

/** True for a request for a detail, whatever the vendor. */
const isOfDetail = ({ path }: SeenRequest) => /conversations\/.|transcriptions\/./.test(path);

function keysOf({ world }: Scene): string[] {
  return [...world.current()].flatMap(({ key }) => key ?? []);
}

/** Every detail is asked for once, and by a second run none. */
const onceForEachState: Proof = async (scene) => {
  const first = await scene.run();
  const asked = scene.details?.asked();
  const again = await scene.run();
  const askedAgain = scene.details?.asked();
  const changed = keysOf(scene).slice(-5);
  for (const key of changed) scene.world.change(key, { note: 'another state' });
  const after = await scene.run();

  expect([first.outcome, again.outcome, after.outcome]).toEqual(['caught up', 'caught up', 'caught up']);
  expect([asked, askedAgain]).toEqual([keysOf(scene).length, keysOf(scene).length]);
  expect(again.details).toMatchObject({ fetched: 0, gone: 0, failed: 0 });
  expect(after.details).toMatchObject({ fetched: changed.length });
  expect(scene.details?.asked()).toBe(keysOf(scene).length + changed.length);
  await expectExactLake(scene);
};

/** A detail that is held stays when the vendor has it no more, though its row changes. */
const heldDetailsStay: Proof = async (scene) => {
  await scene.run();
  const keys = keysOf(scene).slice(-12);
  for (const key of keys) {
    scene.details?.refuse(key, 404);
    scene.world.change(key, { note: 'changed, and gone' });
  }
  const { details, outcome } = await scene.run();

  expect(outcome).toBe('caught up');
  expect(details).toMatchObject({ gone: keys.length, failed: 0 });
  await expectExactLake(scene);
};

/** Single ids that fail for ever block no window and fail no run; a line stands for each. */
const fewFailuresAreBorne: Proof = async (scene) => {
  const { outcome, details, error } = await scene.run();

  expect({ outcome, error }).toEqual({ outcome: 'caught up', error: undefined });
  expect(details?.failed).toBeGreaterThan(0);
  await expectNothingWrong(scene);
  await expectExactLake(scene);
};

/** Details of which many fail end the run as failed, after all that came is committed; the next one makes good. */
const manyFailuresAreTold: Proof = async (scene) => {
  const failed = await scene.run();

  expect(failed).toMatchObject({ outcome: 'failed', error: { code: 'details-failed' } });
  expectNoSecret(scene, failed.error);
  await expectNothingWrong(scene);
  await expectNothingBelowWatermark(scene, failed);
  scene.turn({ faults: () => undefined });
  expect(await scene.run()).toMatchObject({ outcome: 'caught up', details: { failed: 0 } });
  await expectNothingWrong(scene);
};

/** A credential that may not read details at all stops the stream, and one that may not read a few does not. */
const refusalsOfAllStop: Proof = async (scene) => {
  const stopped = await scene.run();

  expect(stopped).toMatchObject({ outcome: 'failed', error: { code: 'credential-refused' } });
  await expectNothingWrong(scene);
  await expectNothingBelowWatermark(scene, stopped);
  scene.turn({ faults: () => undefined });
  const few = keysOf(scene).slice(-3);
  for (const key of few) scene.details?.refuse(key, 403);
  const { outcome, details } = await scene.run();
  for (const key of few) scene.details?.refuse(key, undefined);

  expect(outcome).toBe('caught up');
  expect(details).toMatchObject({ failed: few.length });
};

/** Before every request for a detail its own row, or another one, changes, comes or goes. */
const rowsChangeMeanwhile: Proof = async (scene) => {
  const keys = keysOf(scene);
  for (let run = 0; run < 3; run++) {
    let number = 0;
    scene.turn({
      onRequest: (_, request) => {
        if (!isOfDetail(request)) return;
        const key = keys[++number % keys.length] ?? '';
        scene.advance(50);
        if (number % 3 === 0 && scene.world.row(key)) scene.world.change(key, { note: `while ${number} was fetched` });
        if (number % 17 === 5 && scene.world.row(key)) scene.world.remove(key);
      },
    });
    await scene.run();
    await expectNothingWrong(scene);
    scene.advance(HOUR_MS);
  }
};

/** Stops the clock of a run after so many details. */
function detailsAllowed(scene: Scene, details: number): Pick<LiveRun, 'timeLeftMs'> {
  const before = scene.details?.asked() ?? 0;
  return { timeLeftMs: () => ((scene.details?.asked() ?? 0) - before < details ? 60_000 : 1000) };
}

/** Runs with time for a few details get to the end, and none of them fetches what one before it has fetched. */
const inRunsOfFewDetails: Proof = async (scene) => {
  const outcomes: string[] = [];
  let watermark = Number.NEGATIVE_INFINITY;
  while (outcomes.at(-1) !== 'caught up' && outcomes.length < 60) {
    const summary = await scene.run(detailsAllowed(scene, 7));
    outcomes.push(summary.outcome);
    expect(summary.error).toBeUndefined();
    expect(summary.watermark ?? watermark).toBeGreaterThanOrEqual(watermark);
    watermark = summary.watermark ?? watermark;
    await expectNothingWrong(scene);
    await expectNothingBelowWatermark(scene, summary);
  }

  expect(outcomes.filter((outcome) => outcome === 'out of time').length).toBeGreaterThan(3);
  expect(outcomes.at(-1)).toBe('caught up');
  expect(scene.details?.asked()).toBe(keysOf(scene).length);
  await expectExactLake(scene);
};

/** A vendor that goes down while details are fetched: what came is kept, and fetched no second time. */
const goesDown: Proof = async (scene) => {
  let details = 0;
  scene.turn({ faults: (_, request) => (isOfDetail(request) && ++details > 25 ? status(502) : undefined) });
  const down: LiveSummary = await scene.run();
  await expectNothingWrong(scene);
  await expectNothingBelowWatermark(scene, down);
  scene.turn({ faults: () => undefined });
  await untilCaughtUp(scene, 3);
  await scene.settle();

  expect(down).toMatchObject({ outcome: 'failed', error: { code: 'details-failed' } });
  expect(down.details?.fetched).toBeGreaterThan(15);
  expectFetchedOnce(scene);
};

/** No detail was sent twice for one state of its row, but for what was not final, or had nothing in it, and what is revisited. */
export function expectFetchedOnce({ details, stream }: Scene): void {
  const most = 1 + (streamDefinition(stream).details?.revisits.length ?? 0);
  const isFinal = (text: string) => text !== '[]' && !/"status":"(?:initiated|in-progress|processing)"/.test(text);
  const again = [...(details?.sent() ?? [])].flatMap(([key, sent]) => {
    const states = sent.filter(({ text, page }) => page === 1 && isFinal(text)).map(({ state }) => state);
    return new Set(states).size * most < states.length ? [key] : [];
  });

  expect(again).toEqual([]);
}

/** As many at once as configured, and no more. */
const asManyAsConfigured: Proof = async (scene, of) => {
  await exactAtOnce(scene, of);

  expect(scene.simulator.stats(scene.stream).maxConcurrent).toBe(3);
};

/** Details that are too large for a line lie apart, like rows. */
const tooLargeForALine: Proof = async (scene) => {
  const [key = ''] = keysOf(scene).slice(-1);
  const isOfParts = streamDefinition(scene.stream).stream === 'salesloft.transcript_sentences';
  const id = isOfParts ? { id: key } : { id: key, conversation_id: key };
  const detail = { ...id, status: 'done', transcript: [{ role: 'user' }], notes: 'x'.repeat(40 * 1024 * 1024) };
  scene.details?.put(key, JSON.stringify(isOfParts ? [detail] : detail));

  const summary = await scene.run();

  expect(summary).toMatchObject({ outcome: 'caught up', rows: { oversized: 1 } });
  await expectExactLake(scene);
};

/** What may become of details, of any vendor. */
export const detailCases: readonly SourceCase[] = [
  {
    name: 'details as documented, asked for once for each state of their rows',
    why: 'connectors fetch all of them at every sync, or never again',
    prove: onceForEachState,
  },
  {
    name: 'details that are not there at once (404)',
    why: 'a transcript is written after its call; what is passed over then is lost for good',
    knobs: { details: { late: { share: 0.4, byMs: 3 * HOUR_MS } } },
    prove: caughtUpAlways(5),
  },
  {
    name: 'details that follow the list with half an hour between',
    why: 'the list and its details are kept in different stores',
    knobs: { details: { behindMs: 30 * MINUTE_MS } },
    prove: caughtUpAlways(3),
  },
  {
    name: 'details that are gone some hours later',
    why: 'the lake is the only copy that is left',
    knobs: { details: { gone: { share: 0.4, afterMs: 4 * HOUR_MS } } },
    prove: caughtUpAlways(4),
  },
  {
    name: 'details that are gone when their rows change',
    why: 'a 404 must never take the place of what is held',
    prove: heldDetailsStay,
  },
  {
    name: 'some ids that get a 502 for ever',
    why: 'one conversation that the vendor cannot print must not stop all others',
    knobs: { details: { broken: 0.15 } },
    prove: fewFailuresAreBorne,
  },
  {
    name: 'some details that are those of other ids',
    why: 'a cache between the vendor and its own store; taken over, they would be told from the right ones by nobody',
    knobs: { details: { otherIds: 0.15 } },
    prove: fewFailuresAreBorne,
  },
  {
    name: 'nothing but 502 for details, while the list is well',
    why: 'an outage of one store; to take each failure for that of its id would call it a success',
    knobs: { faults: (_, request) => (isOfDetail(request) ? status(502) : undefined) },
    prove: manyFailuresAreTold,
  },
  {
    name: 'a credential that may read the list and no details (403), or not all of them',
    why: 'scopes are granted endpoint by endpoint',
    knobs: { faults: (_, request) => (isOfDetail(request) ? status(403) : undefined) },
    prove: refusalsOfAllStop,
  },
  {
    name: 'rows that change, and go, while details are fetched',
    why: 'a detail is younger than the list that named it',
    prove: rowsChangeMeanwhile,
  },
  {
    name: 'runs with time for seven details',
    why: 'a first load takes days; each run must get on, and none may begin anew',
    configuration: { concurrency: 1 },
    prove: inRunsOfFewDetails,
  },
  {
    name: 'a vendor that goes down while details are fetched',
    why: 'what came must not have come for nothing',
    configuration: { concurrency: 1 },
    rows: 100,
    prove: goesDown,
  },
  {
    name: 'details that take a while',
    why: 'one by one they would take days',
    knobs: { latencyMs: 5 },
    configuration: { concurrency: 3 },
    prove: asManyAsConfigured,
  },
  {
    name: 'some details of 5 MB',
    why: 'retrieval chunks and results of tools',
    knobs: { details: { large: { share: 0.05, bytes: 5 * 1024 * 1024 } } },
    prove: exactAtOnce,
  },
  {
    name: 'a detail of 40 MB',
    why: 'readers refuse such lines, and no stream may stop for one',
    rows: 10,
    prove: tooLargeForALine,
  },
];
