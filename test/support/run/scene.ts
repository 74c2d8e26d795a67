import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { isDetailStream, type SourceName, type StreamName, streamDefinition } from '../../../contract/streams.ts';
import type { RunSummary } from '../../../functions/engine/settings.ts';
import type { Details } from '../../simulator/details/details.ts';
import { type Knobs, type Simulator, startSimulator, type World } from '../../simulator/simulator.ts';
import type { CommonKnobs } from '../../simulator/world/knobs.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../durations.ts';
import { type LiveRun, liveRun } from './live-export.ts';

/** Where scenes begin: a morning, so that a day is half over and the daily deep re-read is still to come. */
export const BEGIN_MS = Date.parse('2026-05-20T10:30:00Z');
/** Runs plan so far ahead of the vendor's clock that `settle` (2 minutes) hides no row from them. */
export const AHEAD_MS = 10 * MINUTE_MS;

/** What a run did, with its requests. */
export type LiveSummary = RunSummary & { readonly requests: number };

/** Knobs of the one vendor that a scene has. */
export type SceneKnobs = NonNullable<Knobs[SourceName]>;

/** One stream of a simulated vendor, a lake in a folder of its own, and a clock that moves when it is told to. */
export interface Scene {
  readonly simulator: Simulator;
  readonly stream: StreamName;
  /** Of a detail stream the list of its parent. */
  readonly world: World;
  /** Of a detail stream alone. */
  readonly details: Details | undefined;
  readonly lake: string;
  /** The vendor's clock, epoch ms. */
  now(): number;
  advance(ms: number): void;
  turn(knobs: SceneKnobs): void;
  /** Calls `hook` before the vendor responds, with the number of the request since now (from 1). */
  onRequest(hook: (request: number) => void | Promise<void>): void;
  run(how?: Partial<LiveRun>): Promise<LiveSummary>;
  /**
   * Lets the vendor come to rest and runs twice more: an hour later, and the next morning, when the deep re-read is due.
   * @throws Error when one of them is not caught up
   */
  settle(how?: Partial<LiveRun>): Promise<void>;
  close(): Promise<void>;
}

/** What a scene is made of. */
export interface SceneOptions {
  readonly stream: StreamName;
  /** In two days, and half of a third. Default: 160. */
  readonly rows?: number;
  readonly days?: number;
  readonly seed?: number;
  readonly knobs?: SceneKnobs;
  /** Of the stream; ten rows a page unless said otherwise, so that there are walks to disturb. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

const quiet: Pick<CommonKnobs, 'onRequest' | 'faults'> = { onRequest: () => {}, faults: () => undefined };

/** For streams of details: they are asked for, and no budget is in the way, which no clock fills up again. */
const forDetails: Readonly<Partial<Record<SourceName, SceneKnobs>>> = {
  salesloft: { pointsPerMinute: undefined },
  voiceable: { requestsPerMinute: 1_000_000, details: { turnsInList: 'none' } },
};

function knobsOf(stream: StreamName, knobs: SceneKnobs): SceneKnobs {
  if (!isDetailStream(stream)) return knobs;
  const usual = forDetails[streamDefinition(stream).source] ?? {};
  return { ...usual, ...knobs, details: { ...usual.details, ...knobs.details } };
}

/** What a stream's vendor has. A note at a row of the list tells that its detail is another one as well. */
export function vendorOf(simulator: Simulator, stream: StreamName): Pick<Scene, 'world' | 'details'> {
  const world = simulator.world(stream);
  if (!isDetailStream(stream)) return { world, details: undefined };
  return { world: tellingWorld(world), details: simulator.details(stream) };
}

/** A world in which a note at a row tells that its detail is another one as well: a note alone does not. */
function tellingWorld(world: World): World {
  let changes = 0;
  const change: World['change'] = (key, fields) =>
    world.change(key, 'note' in fields ? { ...fields, rating: 100 + ++changes } : fields);
  return { ...world, change };
}

/** Opens a scene that the test closes at its end. */
export async function testScene(options: SceneOptions): Promise<Scene> {
  const scene = await openScene(options);
  onTestFinished(() => scene.close());
  return scene;
}

/** Opens a scene, which the caller closes. */
export async function openScene(options: SceneOptions): Promise<Scene> {
  const { stream, rows = 160, days = 2, seed = 1, knobs = {}, configuration } = options;
  const { source } = streamDefinition(stream);
  let nowMs = BEGIN_MS;
  const lake = await mkdtemp(join(tmpdir(), 'convlake-'));
  const simulator = await startSimulator({
    rows,
    days,
    seed,
    now: () => nowMs,
    sources: [source],
    knobs: { [source]: knobsOf(stream, knobs) },
    remember: true,
  });
  const turn = (turned: SceneKnobs) => simulator.turn({ [source]: turned });
  const run = (how: Partial<LiveRun> = {}) =>
    liveRun({
      simulator,
      stream,
      lake,
      now: nowMs + AHEAD_MS,
      start: new Date(simulator.since).toISOString(),
      ...how,
      configuration: { pageSize: 10, ...configuration, ...how.configuration },
    });
  const runToTheEnd = async (how: Partial<LiveRun>) => {
    const { outcome, error } = await run(how);
    if (outcome !== 'caught up') throw new Error(`a run with nothing in its way is ${outcome}`, { cause: error });
  };
  return {
    simulator,
    stream,
    ...vendorOf(simulator, stream),
    lake,
    now: () => nowMs,
    advance(ms) {
      nowMs += ms;
    },
    turn,
    onRequest(hook) {
      let requests = 0;
      turn({ onRequest: () => hook(++requests) });
    },
    run,
    async settle(how = {}) {
      turn(quiet);
      nowMs += HOUR_MS;
      await runToTheEnd(how);
      nowMs = (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS + 3.5 * HOUR_MS;
      await runToTheEnd(how);
    },
    async close() {
      await simulator.close();
      await rm(lake, { recursive: true, force: true });
    },
  };
}

/** Gives a run time for so many pages; it may take the one or two that are under way by then. */
export function pagesAllowed(pages: number): Pick<LiveRun, 'timeLeftMs' | 'observe'> {
  let left = pages;
  return {
    timeLeftMs: () => (left > 0 ? 60_000 : 1000),
    observe: ({ event }) => {
      if (event === 'page') left--;
    },
  };
}

/** Gives a run time for so many requests, of whatever kind; it may take those that are under way by then. */
export function requestsAllowed({ simulator, stream }: Scene, requests: number): Pick<LiveRun, 'timeLeftMs'> {
  const end = simulator.stats(stream).requests + requests;
  return { timeLeftMs: () => (simulator.stats(stream).requests < end ? 60_000 : 1000) };
}

/** A scene that the test closes: it has been exported, and an hour later its rows of yesterday and today have changed. */
export async function exportedScene(stream: StreamName = 'crescendo.vocconv'): Promise<Scene> {
  const scene = await testScene({ stream, configuration: { lookback: '2 days' } });
  await scene.run();
  scene.advance(HOUR_MS);
  for (const { key, time } of scene.world.current()) {
    if (key !== undefined && time > scene.now() - 36 * HOUR_MS) scene.world.change(key, { note: 'changed' });
  }
  return scene;
}
