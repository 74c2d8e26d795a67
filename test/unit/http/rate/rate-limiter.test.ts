import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Budget } from '../../../../functions/engine/source.ts';
import { createPacer, type Hold, type Pacer } from '../../../../functions/http/rate/rate-limiter.ts';

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
        const pacer = createPacer({ clock: time, random: () => (seed % 10) / 10, reserve, blindFlights: 1 });
        let started = 0;
        const worker = async () => {
          while (started < limit * 3) {
            const latencyMs = latencies[started++ % latencies.length] ?? 1;
            const land = await pacer.enter(never, () => {});
            await time.sleep(latencyMs / 2);
            const seen = vendor.request();
            await time.sleep(latencyMs / 2);
            land(seen);
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
    const pacer = createPacer({ clock: time, random: () => 0, reserve: 0, blindFlights: 1 });
    let started = 0;
    const worker = async () => {
      while (started++ < 200) {
        const land = await pacer.enter(never, () => {});
        await time.sleep(50);
        land(vendor.request());
      }
    };

    await time.run(Promise.all([worker(), worker(), worker(), worker()]));

    expect(vendor.refused()).toBe(0);
    expect(vendor.accepted.get(0)).toBe(600);
  });
});

describe('a pacer', () => {
  const budget = (remaining: number, resetsAt = 10_000): Budget => ({ remaining, limit: 100, resetsAt });

  test('lets one request fly until an answer is seen, then as many as come', async () => {
    const { pacer, flying } = startPacer();
    const [first] = await flying(1);
    const others = flying(3);
    expect(await settled(others)).toBe(false);

    first?.(undefined);

    expect(await settled(others)).toBe(true);
    await pacer.enter(never, () => {});
  });

  test('lets the next one ask when the first got no answer', async () => {
    const { flying } = startPacer();
    const [first] = await flying(1);
    const others = flying(2);

    first?.('lost');

    expect(await settled(others)).toBe(false);
  });

  test('lets several fly blind where it is told to', async () => {
    const { flying } = startPacer({ blindFlights: 3 });

    expect(await settled(flying(3))).toBe(true);
    expect(await settled(flying(1))).toBe(false);
  });

  test('counts what is in flight against what remains', async () => {
    const { flying } = startPacer({ reserve: 0.2 });
    const [first] = await flying(1);

    first?.(budget(23));

    expect(await settled(flying(3))).toBe(true);
    expect(await settled(flying(1))).toBe(false);
  });

  test('holds until the reset, plus a little', async () => {
    const { flying, holds, sleeps } = startPacer({ reserve: 0.2 });
    const [first] = await flying(1);

    first?.(budget(20));
    await flying(1);

    expect(holds).toEqual([{ until: 10_125, reason: 'the budget is used up to the reserve' }]);
    expect(sleeps).toEqual([10_125]);
  });

  test('waits a second when the reset is said to be over and nothing is left', async () => {
    const { flying, sleeps } = startPacer({ reserve: 0.2 });
    const [first] = await flying(1);

    first?.(budget(0, -5000));
    await flying(1);

    expect(sleeps).toEqual([1125]);
  });

  test('believes the smaller rest of one period, and forgets an answer of the period before', async () => {
    const { flying } = startPacer({ reserve: 0.2 });
    const [first] = await flying(1);
    first?.(budget(80));
    const [second, third, fourth] = await flying(3);

    second?.(budget(22, 70_000));
    third?.(budget(23, 70_400));
    fourth?.(budget(3, 10_000));

    expect(await settled(flying(2))).toBe(true);
    expect(await settled(flying(1))).toBe(false);
  });

  test('uses the later of two holds', async () => {
    const { pacer, flying, sleeps } = startPacer();
    pacer.hold(5000, 'first');
    pacer.hold(7000, 'second');
    pacer.hold(6000, 'third');

    await flying(1);

    expect(sleeps).toEqual([7000]);
  });

  test('lets one request fly after a hold, as at the start', async () => {
    const { pacer, flying } = startPacer();
    const [first] = await flying(1);
    first?.(undefined);

    pacer.hold(5000, 'the vendor answered 429');

    expect(await settled(flying(1))).toBe(true);
    expect(await settled(flying(1))).toBe(false);
  });

  test('fails as the one who is told of the hold says', async () => {
    const { pacer } = startPacer();
    pacer.hold(5000, 'too long');

    const entered = pacer.enter(never, () => {
      throw new Error('no time');
    });

    await expect(entered).rejects.toThrow('no time');
  });

  test('fails with the reason of the signal while it waits for an answer, and lets the others pass', async () => {
    const { pacer, flying } = startPacer();
    const [first] = await flying(1);
    const caller = new AbortController();
    const gone = pacer.enter(caller.signal, () => {});
    const other = flying(1);

    caller.abort(new Error('enough'));

    await expect(gone).rejects.toThrow('enough');
    first?.(undefined);
    expect(await settled(other)).toBe(true);
  });
});

function startPacer({ reserve = 0, blindFlights = 1 } = {}) {
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
  const pacer: Pacer = createPacer({ clock, random: () => 0.5, reserve, blindFlights });
  const enter = () => pacer.enter(never, (hold) => holds.push(hold));
  return { pacer, holds, sleeps, flying: (count: number) => Promise.all(Array.from({ length: count }, enter)) };
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
