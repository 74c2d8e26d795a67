import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../../../functions/engine/ports.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { MINUTE_MS } from '../../support/durations.ts';
import { lakeLines, liveRun } from '../../support/run/live-export.ts';

const stream = 'salesloft.conversations';
const ROWS = 100_000;
const NOON = Date.parse('2026-05-20T12:00:00Z');
/** The vendor takes a while for each answer, by the clock that both sides of these tests share. */
const LATENCY_MS = 20;
/** 600 a minute, of which a fifth is left to the team's other integrations. */
const OWN_POINTS = 480;

/** A clock that moves when somebody sleeps and when the vendor answers. */
function simulatedClock(startMs: number) {
  let nowMs = startMs;
  const advance = (ms: number) => {
    nowMs += Math.ceil(ms);
  };
  const clock: Clock = {
    planningNow: () => nowMs + 10 * MINUTE_MS,
    now: () => nowMs,
    timeLeftMs: () => Number.POSITIVE_INFINITY,
    sleep: async (ms) => advance(ms),
  };
  return { clock, advance };
}

/** A year of conversations, small ones, and a vendor that enforces its budget. */
async function scene(startMs: number, updatedAt: (createdMs: number) => number) {
  const { clock, advance } = simulatedClock(startMs);
  const lake = await mkdtemp(join(tmpdir(), 'convlake-'));
  const perMinute = new Map<number, number>();
  const onRequest = () => {
    advance(LATENCY_MS);
    const minute = Math.floor(clock.now() / MINUTE_MS);
    perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
  };
  const sources = ['salesloft'] as const;
  const simulator = await startSimulator({
    rows: 0,
    days: 365,
    now: clock.now,
    sources,
    knobs: { salesloft: { onRequest } },
  });
  onTestFinished(async () => {
    await simulator.close();
    await rm(lake, { recursive: true });
  });
  const everyMs = Math.floor((startMs - simulator.since) / ROWS);
  const rows = Array.from({ length: ROWS }, (_, n) => {
    const createdMs = simulator.since + n * everyMs;
    return { id: `row-${n}`, created_at: iso(createdMs), updated_at: iso(updatedAt(createdMs)) };
  });
  simulator.world(stream).put(rows);
  return { simulator, clock, lake, perMinute };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

async function keysIn(lake: string): Promise<string[]> {
  const lines = await lakeLines(lake, 'salesloft_conversations');
  return lines.map(({ line }) => /"id":"([^"]+)"/.exec(line)?.[1] ?? '').sort();
}

function keysOf(simulator: Simulator): string[] {
  return [...simulator.world(stream).current()].map(({ key }) => key ?? '').sort();
}

test('100,000 rows cost at most 1,100 points, use the budget up to the reserve, and are never refused', async () => {
  const { simulator, clock, lake, perMinute } = await scene(NOON, (createdMs) => createdMs + 1);

  const { outcome } = await liveRun({ simulator, stream, lake, clock, now: clock.now() });

  const { pointsSpent, rejected } = simulator.stats(stream);
  const wholeMinutes = [...perMinute.values()].slice(0, -1);
  expect(outcome).toBe('caught up');
  expect(rejected).toBe(0);
  expect(pointsSpent).toBeLessThanOrEqual(1100);
  expect(wholeMinutes.length).toBeGreaterThan(1);
  expect(Math.max(...wholeMinutes)).toBeLessThanOrEqual(OWN_POINTS);
  expect(Math.min(...wholeMinutes)).toBeGreaterThanOrEqual(0.95 * OWN_POINTS);
  expect(await keysIn(lake)).toEqual(keysOf(simulator));
});

test('100,000 rows that share one updated_at cost at most 1,300 points', async () => {
  const { simulator, clock, lake } = await scene(NOON, () => NOON - MINUTE_MS);

  const { outcome } = await liveRun({ simulator, stream, lake, clock, now: clock.now() });

  const { pointsSpent, rejected } = simulator.stats(stream);
  expect(outcome).toBe('caught up');
  expect(rejected).toBe(0);
  expect(pointsSpent).toBeLessThanOrEqual(1300);
  expect(await keysIn(lake)).toEqual(keysOf(simulator));
});

test('a budget that others have used up costs one refusal, and no more', async () => {
  const { simulator, clock, lake } = await scene(NOON + 10_000, (createdMs) => createdMs + 1);
  const minute = Math.floor(clock.now() / MINUTE_MS);
  simulator.turn({
    salesloft: {
      onRequest: () => {
        const usedUp = Math.floor(clock.now() / MINUTE_MS) === minute;
        simulator.turn({ salesloft: { pointsPerMinute: usedUp ? 0 : 600 } });
      },
    },
  });

  const start = new Date(clock.now() - 20 * 86_400_000).toISOString();
  const { outcome } = await liveRun({ simulator, stream, lake, clock, now: clock.now(), start });

  expect(outcome).toBe('caught up');
  expect(simulator.stats(stream).rejected).toBe(1);
});
