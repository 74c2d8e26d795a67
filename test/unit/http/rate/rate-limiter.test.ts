import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Budget } from '../../../../functions/engine/source.ts';
import { createRateLimiter, type Hold, type RateLimiter } from '../../../../functions/http/rate/rate-limiter.ts';

const periodMs = 60_000;
const never = new AbortController().signal;

/** Time that passes only when somebody sleeps, in the order of the instants slept until. */
function simulatedTime() {
  let now = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: (ms: number) =>
      new Promise<void>((wake) => {
        sleepers.push({ at: now + ms, wake });
      }),
    async run(done: Promise<unknown>) {
      let over = false;
      const finished = done.finally(() => {
        over = true;
      });
      while (!over) {
        for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
        sleepers.sort((a, b) => a.at - b.at);
        const next = sleepers.shift();
        if (next) now = Math.max(now, next.at);
        next?.wake();
      }
      await finished;
    },
  };
}

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
        const time = simulatedTime();
        const vendor = budgetedVendor(time.now, limit, 1);
        const rateLimiter = createRateLimiter({
          clock: time,
          random: () => (seed % 10) / 10,
          reserve,
          inFlightUnknown: 1,
        });
        let started = 0;
        const worker = async () => {
          while (started < limit * 3) {
            const latencyMs = latencies[started++ % latencies.length] ?? 1;
            const release = await rateLimiter.acquire(never, () => {});
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
    const time = simulatedTime();
    const vendor = budgetedVendor(time.now, 600, 8);
    const rateLimiter = createRateLimiter({ clock: time, random: () => 0, reserve: 0, inFlightUnknown: 1 });
    let started = 0;
    const worker = async () => {
      while (started++ < 200) {
        const release = await rateLimiter.acquire(never, () => {});
        await time.sleep(50);
        release(vendor.request());
      }
    };

    await time.run(Promise.all([worker(), worker(), worker(), worker()]));

    expect(vendor.refused()).toBe(0);
    expect(vendor.accepted.get(0)).toBe(600);
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
    await rateLimiter.acquire(never, () => {});
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

    const entered = rateLimiter.acquire(never, () => {
      throw new Error('no time');
    });

    await expect(entered).rejects.toThrow('no time');
  });

  test('fails with the reason of the signal while it waits for a response, and lets the others pass', async () => {
    const { rateLimiter, inFlight } = startLimiter();
    const [first] = await inFlight(1);
    const caller = new AbortController();
    const gone = rateLimiter.acquire(caller.signal, () => {});
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
  const rateLimiter: RateLimiter = createRateLimiter({ clock, random: () => 0.5, reserve, inFlightUnknown });
  const acquire = () => rateLimiter.acquire(never, (hold) => holds.push(hold));
  return {
    rateLimiter,
    holds,
    sleeps,
    inFlight: (count: number) => Promise.all(Array.from({ length: count }, acquire)),
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
