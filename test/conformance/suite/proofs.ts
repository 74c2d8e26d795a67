import { expect } from 'vitest';
import { streamDefinition } from '../../../contract/streams.ts';
import { type ErrorCode, hasCode } from '../../../functions/engine/errors.ts';
import { type AllKnobs, completeKnobs } from '../../simulator/world/knobs.ts';
import { HOUR_MS, MINUTE_MS } from '../../support/durations.ts';
import type { LiveRun } from '../../support/run/live-export.ts';
import { type Mutation, mutator, seededRandom } from '../../support/run/mutations.ts';
import { type LiveSummary, pagesAllowed, type Scene, type SceneKnobs } from '../../support/run/scene.ts';
import { expectExactLake, expectNoSecret, expectNothingBelowWatermark, expectNothingWrong } from './promise.ts';
import type { Proof, SourceCase } from './source-case.ts';

/** The first run is caught up, and all is there. */
export const exactAtOnce: Proof = async (scene) => {
  const { outcome, error } = await scene.run();

  expect({ outcome, error }).toEqual({ outcome: 'caught up', error: undefined });
  await expectExactLake(scene);
};

/** So many runs with 90 minutes between them are caught up, and nothing is ever wrong. */
export function caughtUpAlways(runs: number): Proof {
  return async (scene) => {
    for (let run = 0; run < runs; run++) {
      const { outcome, error } = await scene.run();
      expect({ outcome, error }).toEqual({ outcome: 'caught up', error: undefined });
      await expectNothingWrong(scene);
      scene.advance(1.5 * HOUR_MS);
    }
  };
}

/** Some of the runs may fail, but after so many one is caught up, and all is there. */
export function exactWithin(mostRuns: number, how: Partial<LiveRun> = {}): Proof {
  return async (scene) => {
    await untilCaughtUp(scene, mostRuns, how);
    // A detail that failed once is asked for again when its row is listed again, or its turn has come.
    if (scene.details) await expectNothingWrong(scene);
    else await expectExactLake(scene);
  };
}

/** Runs every minute until one is caught up; how many it took. */
export async function untilCaughtUp(scene: Scene, mostRuns: number, how: Partial<LiveRun> = {}): Promise<number> {
  let last: LiveSummary | undefined;
  for (let run = 1; run <= mostRuns; run++) {
    last = await scene.run(how);
    if (last.outcome === 'caught up' && !last.details?.failed) return run;
    await expectNothingWrong(scene);
    scene.advance(MINUTE_MS);
  }
  throw new Error(`not caught up after ${mostRuns} runs`, { cause: last?.error });
}

/** Rows come, change and go before every request of so many runs, none of which may do harm. */
export function exactWhileRows(mutations: readonly Mutation[], runs = 3): Proof {
  return async (scene) => {
    const mutate = mutator(scene, seededRandom(7));
    scene.onRequest((request) => mutate(mutations[request % mutations.length] ?? 'changes'));
    for (let run = 0; run < runs; run++) {
      await scene.run();
      await expectNothingWrong(scene);
      scene.advance(HOUR_MS);
    }
  };
}

/** Runs that have time for so many pages get to the end: each goes on where the one before was, and none claims too much. */
export function exactInRunsOf(pages: number): Proof {
  return async (scene) => {
    const outcomes: string[] = [];
    let watermark = Number.NEGATIVE_INFINITY;
    while (outcomes.at(-1) !== 'caught up' && outcomes.length < 40) {
      const summary = await scene.run(pagesAllowed(pages));
      outcomes.push(summary.outcome);
      expect(summary.error).toBeUndefined();
      expect(summary.watermark ?? watermark).toBeGreaterThanOrEqual(watermark);
      watermark = summary.watermark ?? watermark;
      await expectNothingWrong(scene);
      await expectNothingBelowWatermark(scene, summary);
    }

    expect(outcomes.slice(0, -1)).toContain('out of time');
    expect(outcomes.at(-1)).toBe('caught up');
    await expectExactLake(scene);
  };
}

/**
 * The case's `spoilt` knobs stop a first run, and one that comes after a run that went well, with this error: nothing wrong is
 * committed, the watermark does not pass what was not read, and once they are turned back the next run makes good.
 */
export function stopsWith(code: ErrorCode, how: Partial<LiveRun> = {}): Proof {
  return async (scene, of) => {
    scene.turn(of.spoilt ?? {});
    const first = await scene.run(how);
    await expectStopped(scene, first, code);
    await expectNothingBelowWatermark(scene, first);

    scene.turn(usualKnobs(scene, of));
    const well = await scene.run();
    expect(well).toMatchObject({ outcome: 'caught up' });
    await expectExactLake(scene);

    const before = { readTo: scene.now(), watermark: well.watermark ?? 0 };
    changeSome(scene);
    scene.advance(HOUR_MS);
    scene.turn(of.spoilt ?? {});
    const second = await scene.run(how);
    await expectStopped(scene, second, code);
    await expectNothingBelowWatermark(scene, second, before);

    scene.turn(usualKnobs(scene, of));
  };
}

async function expectStopped(scene: Scene, { outcome, error }: LiveSummary, code: ErrorCode): Promise<void> {
  expect({ outcome, code: hasCode(error, code) ? code : error }).toEqual({ outcome: 'failed', code });
  expect(error?.message).toContain(scene.stream);
  expectNoSecret(scene, error);
  await expectNothingWrong(scene);
}

/** The knobs that the case's `spoilt` turned, as they are without it. */
function usualKnobs({ stream }: Scene, { knobs, spoilt = {} }: SourceCase): SceneKnobs {
  const { source } = streamDefinition(stream);
  const usual: AllKnobs[typeof source] = { ...completeKnobs()[source], ...knobs };
  return Object.fromEntries(Object.entries(usual).filter(([name]) => name in spoilt));
}

/** Changes every fifth row of the last hours, so that there is something to be read again. */
function changeSome({ world, now }: Scene): void {
  const recent = [...world.current()].filter(({ time }) => time > now() - 5 * HOUR_MS);
  for (const [index, { key }] of recent.entries()) {
    if (key !== undefined && index % 5 === 0) world.change(key, { note: 'changed meanwhile' });
  }
}
