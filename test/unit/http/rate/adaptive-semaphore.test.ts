import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAdaptiveSemaphore, type Turn } from '../../../../functions/http/rate/adaptive-semaphore.ts';
import { virtualTime } from './virtual-time.ts';

const never = new AbortController().signal;

/** A semaphore, and those who have acquired it in their order. */
function start() {
  const semaphore = createAdaptiveSemaphore();
  const turns: Turn[] = [];
  const ask = (count: number) => {
    for (let asked = 0; asked < count; asked += 1) void semaphore.acquire(never).then((turn) => turns.push(turn));
    return settle();
  };
  const end = (...ended: readonly (Turn | undefined)[]) => {
    for (const turn of ended) turn?.release();
    return settle();
  };
  /** One request after the other that the vendor serves. */
  const serve = async (count: number) => {
    for (let served = 0; served < count; served += 1) {
      const turn = await semaphore.acquire(never);
      turn.served();
      turn.release();
    }
  };
  return { semaphore, turns, ask, end, serve };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('requests at once', () => {
  test('are as many as come while the vendor bears them', async () => {
    const { turns, ask } = start();

    await ask(50);

    expect(turns).toHaveLength(50);
  });

  test('are half as many once the vendor says that they are too many, however many of them it refuses', async () => {
    const { turns, ask, end } = start();
    await ask(8);

    expect(turns.map((turn) => turn.tooMany())).toEqual(Array(8).fill(true));
    await end(...turns);
    await ask(8);

    expect(turns).toHaveLength(8 + 4);
  });

  test('are halved again where the half is too many', async () => {
    const { turns, ask, end } = start();
    await ask(8);
    turns[0]?.tooMany();
    await end(...turns);
    await ask(8);

    turns[8]?.tooMany();
    await end(...turns.slice(8));

    expect(turns).toHaveLength(8 + 4 + 2);
  });

  test('wait until enough of those in flight have ended', async () => {
    const { turns, ask, end } = start();
    await ask(4);
    turns[0]?.tooMany();
    await ask(1);

    await end(turns[0], turns[1]);
    expect(turns).toHaveLength(4);

    await end(turns[2]);
    expect(turns).toHaveLength(5);
  });

  test('are one more after twenty that were served', async () => {
    const { turns, ask, end, serve } = start();
    await ask(4);
    turns[0]?.tooMany();
    await end(...turns);

    await serve(20);
    await ask(8);

    expect(turns).toHaveLength(4 + 3);
  });

  test('are not more where fewer than twenty were served since the last refusal', async () => {
    const { turns, ask, end, serve } = start();
    await ask(4);
    turns[0]?.tooMany();
    await end(...turns);

    await serve(19);
    await ask(8);

    expect(turns).toHaveLength(4 + 2);
  });

  test('are an ordinary wait for one that was alone', async () => {
    const { turns, ask } = start();
    await ask(1);

    expect(turns[0]?.tooMany()).toBe(false);
  });

  test('are too many together where the others have ended meanwhile', async () => {
    const { turns, ask, end } = start();
    await ask(2);
    await end(turns[1]);

    expect(turns[0]?.tooMany()).toBe(true);
  });

  test('do not wait for one whose signal is aborted', async () => {
    const { semaphore, turns, ask, end } = start();
    await ask(2);
    turns[0]?.tooMany();
    const caller = new AbortController();
    const gone = semaphore.acquire(caller.signal);
    await ask(1);

    caller.abort(new Error('stop'));
    await expect(gone).rejects.toThrow('stop');
    await end(turns[0], turns[1]);

    expect(turns).toHaveLength(3);
  });

  const world = fc.record({
    bears: fc.integer({ min: 1, max: 12 }),
    streams: fc.integer({ min: 1, max: 4 }),
    concurrency: fc.integer({ min: 1, max: 8 }),
    latencies: fc.array(fc.integer({ min: 50, max: 350 }), { minLength: 7, maxLength: 7 }),
  });

  test('find what the vendor bears, and use most of it', async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ bears, streams, concurrency, latencies }) => {
        const time = virtualTime();
        const semaphore = createAdaptiveSemaphore();
        let [atOnce, served, refused, begun] = [0, 0, 0, 0];
        const request = async () => {
          const turn = await semaphore.acquire(never);
          atOnce += 1;
          const isRefused = atOnce > bears;
          await time.sleep(isRefused ? 20 : (latencies[begun++ % latencies.length] ?? 1));
          atOnce -= 1;
          if (isRefused) expect(turn.tooMany()).toBe(true);
          else turn.served();
          served += isRefused ? 0 : 1;
          refused += isRefused ? 1 : 0;
          turn.release();
        };
        const worker = async () => {
          while (served < 2000) await request();
        };

        await time.run(Promise.all(Array.from({ length: streams * concurrency }, worker)));

        const most = Math.min(bears, streams * concurrency);
        const meanMs = latencies.reduce((sum, ms) => sum + ms, 0) / latencies.length;
        expect(refused).toBeLessThanOrEqual(0.05 * served + 2 * streams * concurrency);
        expect(served * meanMs).toBeGreaterThanOrEqual(0.6 * most * time.now());
      }),
      { numRuns: 60, seed: 5 },
    );
  });
});
