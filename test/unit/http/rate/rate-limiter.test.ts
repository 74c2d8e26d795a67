import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Budget } from '../../../../functions/engine/source.ts';
import { createRateLimiter, type Hold, type RateLimiter } from '../../../../functions/http/rate/rate-limiter.ts';
import { sources } from '../../../../functions/sources/index.ts';
import { virtualTime } from './virtual-time.ts';

const periodMs = 60_000;
const never = new AbortController().signal;

/** A vendor whose budget is full at every whole period; counts what was accepted and what was refused. */
function budgetedVendor(now: () => number, limit: number, cost: number) {
  const accepted = new Map<number, number>();
  let refused = 0;
  return {
    accepted,
    refused: () => refused,
    request(): Budget {
      const period = Math.floor(now() / periodMs);
      const used = accepted.get(period) ?? 0;
      if (used + cost > limit) refused += 1;
      else accepted.set(period, used + cost);
      return { remaining: limit - (accepted.get(period) ?? 0), limit, resetsAt: (period + 1) * periodMs };
    },
  };
}

describe('a budget', () => {
  const world = fc.record({
    limit: fc.integer({ min: 40, max: 600 }),
    reserve: fc.constantFrom(0, 0.2, 0.5),
    concurrency: fc.integer({ min: 1, max: 8 }),
    latencies: fc.array(fc.integer({ min: 1, max: 250 }), { minLength: 5, maxLength: 5 }),
    seed: fc.nat(999),
  });

  test('is used up to the reserve in every period, and nothing is refused', async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ limit, reserve, concurrency, latencies, seed }) => {
        const time = virtualTime();
        const vendor = budgetedVendor(time.now, limit, 1);
        const rateLimiter = createRateLimiter({
          clock: time,
          random: () => (seed % 10) / 10,
          inFlightUnknown: 1,
        });
        let started = 0;
        const worker = async () => {
          while (started < limit * 3) {
            const latencyMs = latencies[started++ % latencies.length] ?? 1;
            const release = await rateLimiter.acquire(never, () => {}, reserve);
            await time.sleep(latencyMs / 2);
            const seen = vendor.request();
            await time.sleep(latencyMs / 2);
            release(seen);
          }
        };

        await time.run(Promise.all(Array.from({ length: concurrency }, worker)));

        const unreserved = limit - Math.ceil(limit * reserve);
        const periods = [...vendor.accepted.values()];
        expect(vendor.refused()).toBe(0);
        expect(Math.max(...periods)).toBeLessThanOrEqual(unreserved + 1);
        if (concurrency * periodMs > unreserved * 300) {
          for (const used of periods.slice(0, -1)) expect(used).toBeGreaterThanOrEqual(0.95 * unreserved);
        }
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  test('whose requests cost several points is not overdrawn', async () => {
    const time = virtualTime();
    const vendor = budgetedVendor(time.now, 600, 8);
    const rateLimiter = createRateLimiter({ clock: time, random: () => 0, inFlightUnknown: 1 });
    let started = 0;
    const worker = async () => {
      while (started++ < 200) {
        const release = await rateLimiter.acquire(never, () => {}, 0);
        await time.sleep(50);
        release(vendor.request());
      }
    };

    await time.run(Promise.all([worker(), worker(), worker(), worker()]));

    expect(vendor.refused()).toBe(0);
    expect(vendor.accepted.get(0)).toBe(600);
  });
});

/** What one team's vendor is like. */
interface Team {
  readonly points: number;
  /** How far the vendor's clock is ahead of ours, ms. */
  readonly skewMs: number;
  /** Points that another integration takes in a minute, and whether it takes them all at its beginning. */
  readonly others: number;
  readonly atOnce: boolean;
  /** Whether headers state the limit. */
  readonly stated: boolean;
}

/** Salesloft's own reading of the headers of a vendor that counts by its clock minute and writes whole seconds into `Date`. */
function salesloftTeam(now: () => number, team: Team) {
  const { skewMs, others, atOnce, stated } = team;
  const minutes = new Map<number, { own: number; all: number; theirs: number }>();
  let refused = 0;
  return {
    minutes,
    refused: () => refused,
    request(): () => Budget | undefined {
      const { points } = team;
      const at = now() + skewMs;
      const minute = Math.floor(at / periodMs);
      const used = minutes.get(minute) ?? { own: 0, all: 0, theirs: 0 };
      const theirs = atOnce ? others : Math.floor((others * (at % periodMs)) / periodMs);
      used.all += theirs - used.theirs;
      used.theirs = theirs;
      if (used.all >= points) refused += 1;
      else {
        used.own += 1;
        used.all += 1;
      }
      minutes.set(minute, used);
      const headers = {
        'x-ratelimit-remaining-minute': String(Math.max(0, points - used.all)),
        'x-ratelimit-endpoint-cost': '1',
        ...(stated && { 'x-ratelimit-limit-minute': String(points) }),
        date: new Date(Math.floor(at / 1000) * 1000).toUTCString(),
      };
      return () => sources.salesloft.budget?.(headers, now());
    },
  };
}

describe("a team's points a minute, which no constant tells", () => {
  const reserve = 0.2;
  const whole = fc.record({
    points: fc.constantFrom(100, 600, 3000),
    skewMs: fc.integer({ min: -90_000, max: 90_000 }),
    atOnce: fc.boolean(),
    stated: fc.boolean(),
    beginMs: fc.integer({ min: 0, max: periodMs - 1 }),
  });

  /** Asks for four and a half minutes, one request after the other or several side by side. */
  async function ask(team: Team, beginMs: number, walks = 1) {
    const time = virtualTime();
    const began = Date.UTC(2026, 4, 20, 10) + beginMs;
    const now = () => began + time.now();
    const vendor = salesloftTeam(now, team);
    const rateLimiter = createRateLimiter({ clock: { ...time, now }, random: () => 0.5, inFlightUnknown: 1 });
    const walk = async () => {
      while (time.now() < 4.5 * periodMs) {
        const release = await rateLimiter.acquire(never, () => {}, reserve);
        await time.sleep(5);
        const told = vendor.request();
        await time.sleep(5);
        release(told());
      }
    };
    await time.run(Promise.all(Array.from({ length: walks }, walk)));
    return { refused: vendor.refused(), minutes: [...vendor.minutes.values()] };
  }

  test('are used up to the reserve from the second whole minute on, and nothing is refused', async () => {
    await fc.assert(
      fc.asyncProperty(whole, fc.constantFrom(1, 4), async ({ beginMs, ...team }, walks) => {
        const { refused, minutes } = await ask({ ...team, others: 0 }, beginMs, walks);

        expect(refused).toBe(0);
        for (const { own } of minutes.slice(2, -1)) {
          expect(own).toBeGreaterThanOrEqual(0.95 * (1 - reserve) * team.points);
          expect(own).toBeLessThanOrEqual((1 - reserve) * team.points);
        }
      }),
      { numRuns: 40, seed: 11 },
    );
  });

  test('are used up to the reserve beside an integration that takes half of them', async () => {
    await fc.assert(
      fc.asyncProperty(whole, async ({ beginMs, ...team }) => {
        const { refused, minutes } = await ask({ ...team, others: team.points / 2 }, beginMs);

        expect(refused).toBe(0);
        for (const { own, theirs } of minutes.slice(2, -1)) {
          expect(own + theirs).toBeGreaterThanOrEqual(0.95 * (1 - reserve) * team.points);
        }
      }),
      { numRuns: 40, seed: 12 },
    );
  });

  test('that the vendor lowers are used a few minutes later', async () => {
    const team = { points: 3000, skewMs: 0, others: 0, atOnce: false, stated: false };
    const time = virtualTime();
    const now = () => Date.UTC(2026, 4, 20, 10) + time.now();
    const vendor = salesloftTeam(now, team);
    const rateLimiter = createRateLimiter({ clock: { ...time, now }, random: () => 0.5, inFlightUnknown: 1 });
    const walk = async () => {
      while (time.now() < 8 * periodMs) {
        if (time.now() >= 2 * periodMs) team.points = 600;
        const release = await rateLimiter.acquire(never, () => {}, reserve);
        const told = vendor.request();
        await time.sleep(10);
        release(told());
      }
    };
    await time.run(walk());

    expect(vendor.refused()).toBe(0);
    expect([...vendor.minutes.values()].slice(-3, -1).map(({ own }) => own)).toEqual([480, 480]);
  });
});

describe('a response that tells of the minute before', () => {
  test('does not take the new minute for a used one', async () => {
    const { inFlight, sleeps, pass } = startLimiter({ reserve: 0.2 });
    const budget = (remaining: number, period: number): Budget => ({
      remaining,
      limit: 100,
      resetsAt: period * 10_000,
      period,
    });
    const [first] = await inFlight(1);
    first?.(budget(22, 1));
    const [second] = await inFlight(1);
    pass(10_050); // counted before the minute was over, written after it

    second?.(budget(20, 2));

    const [third] = await inFlight(1);
    third?.(budget(99, 2));
    await inFlight(5);
    expect(sleeps.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(1000);
  });
});

describe('a budget whose cost is learnt', () => {
  test('does not take what others use at once for the cost of a request', async () => {
    const { inFlight, sleeps } = startLimiter({ reserve: 0.2 });
    const told = (remaining: number): Budget => ({ remaining, limit: 600, resetsAt: 60_000 });
    const [first] = await inFlight(1);
    first?.(told(599));
    const [second] = await inFlight(1);
    second?.(told(598));
    const [third] = await inFlight(1);
    third?.(told(297));

    await inFlight(100);

    expect(sleeps).toEqual([]);
  });
});

describe('a rate limiter', () => {
  const budget = (remaining: number, resetsAt = 10_000): Budget => ({ remaining, limit: 100, resetsAt });

  test('lets one request go until a response is seen, then as many as come', async () => {
    const { rateLimiter, inFlight } = startLimiter();
    const [first] = await inFlight(1);
    const others = inFlight(3);
    expect(await settled(others)).toBe(false);

    first?.(undefined);

    expect(await settled(others)).toBe(true);
    await rateLimiter.acquire(never, () => {}, 0);
  });

  test('lets the next one ask when the first got no response', async () => {
    const { inFlight } = startLimiter();
    const [first] = await inFlight(1);
    const others = inFlight(2);

    first?.('lost');

    expect(await settled(others)).toBe(false);
  });

  test('lets several go while the budget is unknown where it is told to', async () => {
    const { inFlight } = startLimiter({ inFlightUnknown: 3 });

    expect(await settled(inFlight(3))).toBe(true);
    expect(await settled(inFlight(1))).toBe(false);
  });

  test('counts what is in flight against what remains', async () => {
    const { inFlight } = startLimiter({ reserve: 0.2 });
    const [first] = await inFlight(1);

    first?.(budget(23));

    expect(await settled(inFlight(3))).toBe(true);
    expect(await settled(inFlight(1))).toBe(false);
  });

  test('holds until the reset, plus a little', async () => {
    const { inFlight, holds, sleeps } = startLimiter({ reserve: 0.2 });
    const [first] = await inFlight(1);

    first?.(budget(20));
    await inFlight(1);

    expect(holds).toEqual([{ until: 10_125, reason: 'the budget is used up to the reserve' }]);
    expect(sleeps).toEqual([10_125]);
  });

  test('holds back who leaves more of the budget to others, and nobody else', async () => {
    const { inFlight, holds } = startLimiter();
    const [first] = await inFlight(1, 0.4);
    first?.(budget(42));
    await inFlight(2, 0.4);

    expect(await settled(inFlight(1, 0.4))).toBe(false); // it would leave 39

    expect(await settled(inFlight(20, 0.2))).toBe(true);
    expect(holds).toEqual([]);
  });

  test('lets others go while one that leaves more waits for the reset', async () => {
    const woken = Promise.withResolvers<void>();
    const clock = { now: () => 0, sleep: () => woken.promise };
    const rateLimiter = createRateLimiter({ clock, random: () => 0, inFlightUnknown: 1 });
    const acquire = (reserve: number) => rateLimiter.acquire(never, () => {}, reserve);
    (await acquire(0.4))(budget(40));
    const details = acquire(0.4);
    expect(await settled(details)).toBe(false);

    for (let left = 39; left >= 20; left -= 1) {
      const list = acquire(0.2);
      expect(await settled(list)).toBe(true);
      (await list)(budget(left));
    }

    expect(await settled(details)).toBe(false);
    expect(await settled(acquire(0.2))).toBe(false);
  });

  test('waits a second when the reset is said to be over and nothing is left', async () => {
    const { inFlight, sleeps } = startLimiter({ reserve: 0.2 });
    const [first] = await inFlight(1);

    first?.(budget(0, -5000));
    await inFlight(1);

    expect(sleeps).toEqual([1125]);
  });

  test('believes the smaller rest of one period, and forgets a response of the period before', async () => {
    const { inFlight } = startLimiter({ reserve: 0.2 });
    const [first] = await inFlight(1);
    first?.(budget(80));
    const [second, third, fourth] = await inFlight(3);

    second?.(budget(22, 70_000));
    third?.(budget(23, 70_400));
    fourth?.(budget(3, 10_000));

    expect(await settled(inFlight(2))).toBe(true);
    expect(await settled(inFlight(1))).toBe(false);
  });

  test('uses the later of two holds', async () => {
    const { rateLimiter, inFlight, sleeps } = startLimiter();
    rateLimiter.hold(5000, 'first');
    rateLimiter.hold(7000, 'second');
    rateLimiter.hold(6000, 'third');

    await inFlight(1);

    expect(sleeps).toEqual([7000]);
  });

  test('lets one request go after a hold, as at the start', async () => {
    const { rateLimiter, inFlight } = startLimiter();
    const [first] = await inFlight(1);
    first?.(undefined);

    rateLimiter.hold(5000, 'the vendor responded with 429');

    expect(await settled(inFlight(1))).toBe(true);
    expect(await settled(inFlight(1))).toBe(false);
  });

  test('fails as the one who is told of the hold says', async () => {
    const { rateLimiter } = startLimiter();
    rateLimiter.hold(5000, 'too long');

    const entered = rateLimiter.acquire(
      never,
      () => {
        throw new Error('no time');
      },
      0,
    );

    await expect(entered).rejects.toThrow('no time');
  });

  test('fails with the reason of the signal while it waits for a response, and lets the others pass', async () => {
    const { rateLimiter, inFlight } = startLimiter();
    const [first] = await inFlight(1);
    const caller = new AbortController();
    const gone = rateLimiter.acquire(caller.signal, () => {}, 0);
    const other = inFlight(1);

    caller.abort(new Error('enough'));

    await expect(gone).rejects.toThrow('enough');
    first?.(undefined);
    expect(await settled(other)).toBe(true);
  });
});

function startLimiter({ reserve = 0, inFlightUnknown = 1 } = {}) {
  let now = 0;
  const sleeps: number[] = [];
  const holds: Hold[] = [];
  const clock = {
    now: () => now,
    async sleep(ms: number) {
      sleeps.push(ms);
      now += ms;
    },
  };
  const rateLimiter: RateLimiter = createRateLimiter({ clock, random: () => 0.5, inFlightUnknown });
  const acquire = (leave = reserve) => rateLimiter.acquire(never, (hold) => holds.push(hold), leave);
  return {
    rateLimiter,
    holds,
    sleeps,
    pass: (ms: number) => {
      now += ms;
    },
    inFlight: (count: number, leave = reserve) => Promise.all(Array.from({ length: count }, () => acquire(leave))),
  };
}

/** Whether the promise is settled once everything that can go on has gone on. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let is = false;
  promise.then(() => {
    is = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return is;
}
