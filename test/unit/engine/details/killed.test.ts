import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../../../support/durations.ts';
import { type Effect, MemoryCheckpoint, MemoryLake } from '../../../support/run/memory-ports.ts';
import { seededRandom } from '../../../support/run/mutations.ts';
import { virtualClock } from '../../../support/states-language/virtual-clock.ts';
import { DetailVendor, linesById, runDetails } from '../../../support/vendor/detail-vendor.ts';
import { START_MS } from '../../../support/vendor/scripted-vendor.ts';

const DAYS = 10;
const TALKS = 2500;
const NOW = START_MS + DAYS * DAY_MS;
const KILLS = 50;
/** What a run has before it is killed, at least. */
const LIFE_MS = 8000;
const DETAIL_MS = 800;
const CONCURRENCY = 4;

class Died extends Error {}

/** How long an effect takes, by a clock that only they move. */
function tookMs(name: string): number {
  if (name === 'request') return DETAIL_MS;
  if (name.startsWith('replace ')) return 150;
  return name === 'response' || name.startsWith('replaced ') ? 0 : 10;
}

/** A load that is killed again and again at drawn instants, and after each goes on with another process. */
async function killedLoad(seed: number) {
  const random = seededRandom(seed);
  const time = virtualClock();
  const vendor = new DetailVendor(100);
  for (let i = 0; i < TALKS; i++) {
    vendor.put({ id: `id-${i}`, time: START_MS + Math.floor((i * DAYS * DAY_MS) / TALKS / 1000) * 1000 });
  }
  const lake = new MemoryLake();
  const checkpoint = new MemoryCheckpoint();
  const run = (effect: Effect = () => undefined) =>
    runDetails(vendor, lake, checkpoint, {
      now: NOW,
      effect,
      settings: { concurrency: CONCURRENCY },
      clock: { now: time.now, sleep: time.sleep },
    });
  let kills = 0;
  while (kills < KILLS) {
    const end = time.now() + LIFE_MS * (1 + random());
    const effect: Effect = async (name) => {
      if (time.now() >= end) throw new Died();
      await time.sleep(tookMs(name));
      // What was under way when it died has no effect, and nothing comes after.
      if (time.now() >= end) throw new Died();
    };
    const killed = await run(effect).then(
      () => false,
      (error: unknown) => error instanceof Died,
    );
    if (!killed) break;
    kills++;
    await time.sleep(1000);
  }
  const killedFetches = vendor.asked.length;
  const { outcome } = await run();
  return { vendor, lake, kills, outcome, killedFetches };
}

describe('a first load that is killed fifty times, each time after eight seconds or more', () => {
  test.each([1, 2])('holds each detail once, and none is fetched more than twice (%i)', async (seed) => {
    const { vendor, lake, kills, outcome, killedFetches } = await killedLoad(seed);
    const times = [...Map.groupBy(vendor.asked, (id) => id).values()].map(({ length }) => length);

    expect(kills).toBe(KILLS);
    expect(killedFetches).toBeGreaterThan(TALKS / 2);
    expect(outcome).toBe('caught up');
    expect(linesById(lake).size).toBe(TALKS);
    expect(times).toHaveLength(TALKS);
    expect(Math.max(...times)).toBe(2);
    // What a death costs is what was in flight, and what came since the last commit: three seconds' worth.
    expect(vendor.asked.length - TALKS).toBeLessThanOrEqual(KILLS * CONCURRENCY * (1 + 3000 / DETAIL_MS));
  });
});
