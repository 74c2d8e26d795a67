import { expect } from 'vitest';
import { streamDefinition } from '../../../contract/streams.ts';
import type { Clock } from '../../../functions/engine/ports.ts';
import type { SeenRequest } from '../../simulator/faults.ts';
import { randomFaults } from '../../simulator/simulator.ts';
import { MINUTE_MS } from '../../support/durations.ts';
import type { LiveRun } from '../../support/run/live-export.ts';
import { seededRandom } from '../../support/run/mutations.ts';
import { AHEAD_MS, type Scene } from '../../support/run/scene.ts';
import { expectNothingBelowWatermark, expectNothingWrong } from './promise.ts';
import { exactAtOnce, untilCaughtUp } from './proofs.ts';
import type { Proof, SourceCase } from './source-case.ts';

const WAIT_MS = 40_000;
/** The request that is told to wait. */
const refused = 3;
/** Streams of a source without more to ask than this run in one walk at a time, so that requests have an order. */
const oneByOne = { concurrency: 1 };

/** The scene's own clock: waits take no time but move it, for the vendor as well. */
export function sceneClock(scene: Scene, timeLeftMs = Number.POSITIVE_INFINITY): Pick<LiveRun, 'clock' | 'random'> {
  const plannedAt = scene.now() + AHEAD_MS;
  const clock: Clock = {
    planningNow: () => plannedAt,
    now: () => scene.now(),
    timeLeftMs: () => timeLeftMs,
    sleep: async (ms) => scene.advance(Math.ceil(ms)),
  };
  return { clock, random: seededRandom(3) };
}

/** No request comes before the wait is over that the vendor asked for; then all is read. */
const waitsAsAsked: Proof = async (scene) => {
  const { outcome } = await scene.run(sceneClock(scene));

  const requests = scene.simulator.stats(scene.stream).lastRequests;
  const refusedAt = requests[refused - 1]?.at ?? 0;
  expect(outcome).toBe('caught up');
  expect(requests.length).toBeGreaterThan(refused);
  expect(requests.slice(refused).filter(({ at }) => at < refusedAt + WAIT_MS)).toEqual([]);
};

/** A wait that the run's time does not reach ends it well, and the next one goes on. */
const endsForLongWaits: Proof = async (scene) => {
  const summary = await scene.run(sceneClock(scene, 30_000));

  expect(summary).toMatchObject({ outcome: 'out of time', stoppedBy: 'vendor' });
  expect(scene.simulator.stats(scene.stream).requests).toBe(refused);
  await expectNothingWrong(scene);
  await expectNothingBelowWatermark(scene, summary);
};

/** Runs until one is caught up on the scene's clock, over which budgets fill again. */
function caughtUpWithin(mostRuns: number): Proof {
  return async (scene) => {
    await untilCaughtUp(scene, mostRuns, sceneClock(scene));
    await expectNothingWrong(scene);
    scene.turn({ requestsPerMinute: undefined });
  };
}

/** The vendor's own numbers keep an export within its share of the budget: so many requests a minute, and none refused. */
function withinBudget(mostPerMinute: number): Proof {
  return async (scene) => {
    const { outcome } = await scene.run(sceneClock(scene));

    const { rejected, lastRequests } = scene.simulator.stats(scene.stream);
    const perMinute = Map.groupBy(lastRequests, ({ at }) => Math.floor(at / MINUTE_MS));
    expect({ outcome, rejected }).toEqual({ outcome: 'caught up', rejected: 0 });
    expect(Math.max(...[...perMinute.values()].map(({ length }) => length))).toBeLessThanOrEqual(mostPerMinute);
    expect(perMinute.size).toBeGreaterThan(1);
    await expectNothingWrong(scene);
    // The runs that follow do not wait for as long as they are told.
    scene.turn({ requestsPerMinute: undefined, pointsPerMinute: undefined });
  };
}

/** Windows are read side by side (a walk by version is one walk), with never more requests in flight than configured. */
const asManyAsConfigured: Proof = async (scene, of) => {
  await exactAtOnce(scene, of);

  const { maxConcurrent } = scene.simulator.stats(scene.stream);
  expect(maxConcurrent).toBeLessThanOrEqual(Number(of.configuration?.['concurrency']));
  expect(maxConcurrent > 1).toBe(streamDefinition(scene.stream).readBy === 'time');
};

const refusal = (retryAfter: (request: SeenRequest) => string, status = 429) => ({
  faults: (number: number, request: SeenRequest) =>
    number === refused ? ({ kind: 'status', status, retryAfter: retryAfter(request) } as const) : undefined,
});
const inSeconds = () => String(WAIT_MS / 1000);
const asDate = ({ at }: SeenRequest) => new Date(at + WAIT_MS).toUTCString();

/** How fast a vendor lets itself be read, any vendor. */
export const paceCases: readonly SourceCase[] = [
  {
    name: '429 with Retry-After in seconds',
    why: 'a client that cuts a wait short is told to wait longer, or banned',
    knobs: refusal(inSeconds),
    configuration: oneByOne,
    prove: waitsAsAsked,
  },
  {
    name: '429 with Retry-After as a date',
    why: 'RFC 9110 has both forms',
    knobs: refusal(asDate),
    configuration: oneByOne,
    prove: waitsAsAsked,
  },
  {
    name: '503 with Retry-After',
    why: 'a vendor under maintenance says how long',
    knobs: refusal(inSeconds, 503),
    configuration: oneByOne,
    prove: waitsAsAsked,
  },
  {
    name: '429 with a wait longer than the run',
    why: 'to sleep through the end of a run would lose what it read',
    knobs: refusal(() => '86000'),
    configuration: oneByOne,
    prove: endsForLongWaits,
  },
  {
    name: 'some 429 without Retry-After',
    why: 'most vendors name no wait',
    knobs: { faults: randomFaults({ seed: 8, share: 0.3, kinds: [{ kind: 'status', status: 429 }] }) },
    prove: caughtUpWithin(6),
  },
  {
    name: 'responses that take a while',
    why: 'windows are read side by side, within what the configuration allows',
    knobs: { latencyMs: 5 },
    configuration: { concurrency: 3 },
    prove: asManyAsConfigured,
  },
];

/** A vendor that counts requests a minute and says how many are left. */
export const toldBudget: SourceCase = {
  name: 'a budget of requests a minute that headers tell',
  why: 'the rest of the budget is other integrations of the tenant',
  knobs: { requestsPerMinute: 12 },
  prove: withinBudget(9),
};

/** A vendor that counts requests a minute and does not say so. */
export const untoldBudget: SourceCase = {
  name: 'a budget of requests a minute that nothing tells',
  why: 'each refusal only says "busy"; waits between tries must outlast the minute',
  knobs: { requestsPerMinute: 12 },
  prove: caughtUpWithin(12),
};

/** A vendor that serves so many requests at a time. */
export const fewAtATime: SourceCase = {
  name: 'a limit of requests at a time',
  why: 'another program of the tenant may use up most of it',
  knobs: { concurrentRequests: 2, latencyMs: 2 },
  configuration: { concurrency: 4 },
  prove: caughtUpWithin(12),
};

/** Points a minute for a whole team, of which others have left few above the reserve. */
export const pointsOfATeam: SourceCase = {
  name: 'a budget of points a minute that headers tell',
  why: "a team's other integrations draw on the same 600 points; a fifth of them is theirs",
  knobs: { pointsPerMinute: 128 },
  prove: withinBudget(8),
};
