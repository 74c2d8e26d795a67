import { expect } from 'vitest';
import { streamDefinition } from '../../../contract/streams.ts';
import type { Clock } from '../../../functions/engine/ports.ts';
import type { Fault, SeenRequest } from '../../simulator/faults.ts';
import { randomFaults } from '../../simulator/simulator.ts';
import { MINUTE_MS } from '../../support/durations.ts';
import type { LiveRun } from '../../support/run/live-export.ts';
import { seededRandom } from '../../support/run/mutations.ts';
import { AHEAD_MS, type Scene, type SceneKnobs } from '../../support/run/scene.ts';
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
async function waitsAsAsked(scene: Scene, how: Partial<LiveRun> = {}): Promise<void> {
  const { outcome } = await scene.run({ ...sceneClock(scene), ...how });

  const requests = scene.simulator.stats(scene.stream).lastRequests;
  const refusedAt = requests[refused - 1]?.at ?? 0;
  expect(outcome).toBe('caught up');
  expect(requests.length).toBeGreaterThan(refused);
  expect(requests.slice(refused).filter(({ at }) => at < refusedAt + WAIT_MS)).toEqual([]);
}

/** A wait that the run's time does not reach ends it well, and the next one goes on. */
const endsForLongWaits: Proof = async (scene) => {
  const summary = await scene.run(sceneClock(scene, 30_000));

  expect(summary).toMatchObject({ outcome: 'out of time', stoppedBy: 'vendor' });
  expect(scene.simulator.stats(scene.stream).requests).toBe(refused);
  await expectNothingWrong(scene);
  await expectNothingBelowWatermark(scene, summary);
};

/** A vendor that stays busy in the midst of a run and names no wait: what was read before is kept, and the next run goes on. */
const endsForStayingBusy: Proof = async (scene, of) => {
  scene.turn(of.spoilt ?? {});
  const summary = await scene.run(sceneClock(scene));

  expect(summary).toMatchObject({ outcome: 'out of time', stoppedBy: 'vendor' });
  expect(summary.rows.new).toBeGreaterThan(0);
  await expectNothingWrong(scene);
  await expectNothingBelowWatermark(scene, summary);
};

/** Refuses what comes within the first so many ms after a request. */
function busyFor(ms: number, status: number): SceneKnobs {
  let since: number | undefined;
  return {
    faults: (number, { at }) => {
      if (number < refused) return undefined;
      since ??= at;
      return at < since + ms ? { kind: 'status', status } : undefined;
    },
  };
}

/** A budget of the minute that is used up, of which nothing tells: it is borne within one run. */
const caughtUpAtOnce: Proof = async (scene) => {
  const { outcome, error } = await scene.run(sceneClock(scene));

  expect({ outcome, error }).toEqual({ outcome: 'caught up', error: undefined });
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
    scene.turn({ requestsPerMinute: undefined, pointsPerMinute: undefined, pointsOfOthers: 0 });
  };
}

/** Windows are read side by side (a walk by version is one walk), and so are details, with never more requests in flight than configured. */
const asManyAsConfigured: Proof = async (scene, of) => {
  await exactAtOnce(scene, of);

  const { maxConcurrent } = scene.simulator.stats(scene.stream);
  expect(maxConcurrent).toBeLessThanOrEqual(Number(of.configuration?.['concurrency']));
  expect(maxConcurrent > 1).toBe(streamDefinition(scene.stream).readBy === 'time' || scene.details !== undefined);
};

const refusal = (
  retryAfter: (request: SeenRequest) => string,
  { status = 429, ...more }: Partial<Extract<Fault, { kind: 'status' }>> = {},
): SceneKnobs => ({
  faults: (number: number, request: SeenRequest) =>
    number === refused ? { ...more, kind: 'status', status, retryAfter: retryAfter(request) } : undefined,
});
/** A refusal that names its wait by other headers than Retry-After. */
const resetAt = (headers: (resetMs: number) => Readonly<Record<string, string>>): SceneKnobs => ({
  faults: (number, { at }) =>
    number === refused ? { kind: 'status', status: 429, headers: headers(at + WAIT_MS) } : undefined,
});
const inSeconds = () => String(WAIT_MS / 1000);
const asDate = ({ at }: SeenRequest) => new Date(at + WAIT_MS).toUTCString();

/** How waits are written besides what RFC 9110 allows. */
const oddWaits: readonly (readonly [form: string, write: (request: SeenRequest) => string])[] = [
  ['as decimals', () => (WAIT_MS / 1000).toFixed(3)],
  ['with a unit', () => `${WAIT_MS / 1000}s`],
  ['as a duration of ISO 8601', () => `PT${WAIT_MS / 1000}S`],
  ['as an instant of ISO 8601', ({ at }) => new Date(at + WAIT_MS).toISOString()],
  ['as a date with an odd zone', (request) => asDate(request).replace('GMT', 'GMT+00:00')],
  ['twice', () => `${WAIT_MS / 1000}, ${WAIT_MS / 1000}`],
  ['as epoch seconds', ({ at }) => String(Math.ceil((at + WAIT_MS) / 1000))],
  ['in words', () => 'later'],
];

/** How fast a vendor lets itself be read, any vendor. */
export const paceCases: readonly SourceCase[] = [
  {
    name: '429 with Retry-After in seconds',
    why: 'a client that cuts a wait short is told to wait longer, or banned',
    knobs: refusal(inSeconds),
    configuration: oneByOne,
    prove: async (scene) => waitsAsAsked(scene),
  },
  {
    name: '429 with Retry-After as a date',
    why: 'RFC 9110 has both forms',
    knobs: refusal(asDate),
    configuration: oneByOne,
    prove: async (scene) => waitsAsAsked(scene),
  },
  {
    name: '503 with Retry-After',
    why: 'a vendor under maintenance says how long',
    knobs: refusal(inSeconds, { status: 503 }),
    configuration: oneByOne,
    prove: async (scene) => waitsAsAsked(scene),
  },
  ...oddWaits.map(
    ([form, write]): SourceCase => ({
      name: `429 with Retry-After ${form}`,
      why: 'programs write what their language prints; what is not understood must not be a short wait',
      knobs: refusal(write),
      configuration: oneByOne,
      prove: async (scene) => waitsAsAsked(scene),
    }),
  ),
  ...(['cut', 'endless', 'miscoded'] as const).map(
    (unreadable): SourceCase => ({
      name: `429 with Retry-After and a body that is ${unreadable}`,
      why: 'gateways cut error pages; the wait stands in the headers',
      knobs: refusal(inSeconds, { unreadable }),
      configuration: oneByOne,
      prove: async (scene) => waitsAsAsked(scene, { limits: { refusalBodyMs: 50 } }),
    }),
  ),
  {
    name: '429 with nothing but the reset of a budget',
    why: 'many gateways tell it as epoch seconds, and no Retry-After',
    knobs: resetAt((resetMs) => ({ 'x-ratelimit-reset': String(Math.ceil(resetMs / 1000)) })),
    configuration: oneByOne,
    prove: async (scene) => waitsAsAsked(scene),
  },
  {
    name: '429 for a minute without a wait',
    why: 'a budget of the minute that nothing tells outlasts short retries, and syncs fail again and again',
    knobs: busyFor(65_000, 429),
    prove: caughtUpAtOnce,
  },
  {
    name: '503 for a minute without a wait',
    why: 'a vendor that restarts',
    knobs: busyFor(65_000, 503),
    prove: caughtUpAtOnce,
  },
  {
    name: 'nothing but 429 in the midst of a run',
    why: 'another program of the tenant uses the budget up, and nothing tells for how long',
    spoilt: { faults: (number) => (number > 6 ? { kind: 'status', status: 429 } : undefined) },
    prove: endsForStayingBusy,
  },
  {
    name: 'nothing but 503 in the midst of a run',
    why: 'a vendor under maintenance for hours',
    spoilt: { faults: (number) => (number > 6 ? { kind: 'status', status: 503 } : undefined) },
    prove: endsForStayingBusy,
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

/** Fewer are sent at once from the first refusal on, without a wait. */
const adaptsAtOnce: Proof = async (scene) => {
  const { outcome, throttledMs } = await scene.run(sceneClock(scene));

  const { rejected, requests } = scene.simulator.stats(scene.stream);
  expect({ outcome, throttledMs }).toEqual({ outcome: 'caught up', throttledMs: 0 });
  expect(rejected).toBeGreaterThan(0);
  expect(rejected).toBeLessThan(4 + requests / 10);
  await expectNothingWrong(scene);
};

/** A vendor that serves so many requests at a time, and says so when there are more. */
export const fewAtATimeTold: SourceCase = {
  name: 'a limit of requests at a time that refusals name',
  why: 'to wait for all of them to end, or to send as many again, wastes what the vendor gives',
  knobs: { concurrentRequests: 2, latencyMs: 2 },
  configuration: { concurrency: 4 },
  prove: adaptsAtOnce,
};

/** Points a minute for a whole team, as many as the vendor has given it. */
export const pointsOfATeam: readonly SourceCase[] = [
  {
    name: 'a budget of few points a minute that headers tell',
    why: "how many a team has is the vendor's to say; a fifth of them is its other integrations'",
    knobs: { pointsPerMinute: 10 },
    prove: withinBudget(8),
  },
  {
    name: 'a budget of points a minute whose limit is stated',
    why: 'what others have used before the first response must not make the reserve smaller',
    knobs: { pointsPerMinute: 20, pointsOfOthers: 10, statesLimit: true },
    prove: withinBudget(6),
  },
  {
    name: 'a budget of points a minute of which others take half at once',
    why: "what they take is not the cost of this run's requests, nor a limit of its own",
    knobs: { pointsPerMinute: 20, pointsOfOthers: 10 },
    prove: withinBudget(8),
  },
];
