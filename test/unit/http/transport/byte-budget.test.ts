import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BodyMemory, createByteBudget } from '../../../../functions/http/transport/byte-budget.ts';
import { collectBody } from '../../../../functions/http/transport/collect-body.ts';

const never = new AbortController().signal;
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Whether the promise is settled once everything that can go on has gone on. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let is = false;
  promise.then(() => {
    is = true;
  });
  await settle();
  return is;
}

describe('bodies share a budget of bytes', () => {
  test('and take from it while there is room', async () => {
    const budget = createByteBudget(100);

    await budget.open().take(60, never);
    await budget.open().take(40, never);

    expect(await settled(budget.open().take(1, never))).toBe(false);
  });

  test('and the eldest takes as much as it needs once the others have ended or wait', async () => {
    const budget = createByteBudget(100);
    const [eldest, whole, part] = [budget.open(), budget.open(), budget.open()];
    await eldest.take(10, never);
    await whole.take(50, never);
    await part.take(40, never);
    const large = eldest.take(1000, never);
    expect(await settled(large)).toBe(false);

    whole.release();
    expect(await settled(large)).toBe(false);
    const more = part.take(1, never);

    expect(await settled(large)).toBe(true);
    expect(await settled(more)).toBe(false);
    eldest.release();
    expect(await settled(more)).toBe(true);
  });

  test('and none overtakes an eldest that waits', async () => {
    const budget = createByteBudget(100);
    const [eldest, whole, late] = [budget.open(), budget.open(), budget.open()];
    await eldest.take(10, never);
    await whole.take(50, never);
    const large = eldest.take(60, never);

    const small = late.take(5, never);
    expect(await settled(small)).toBe(false);
    whole.release();

    expect(await settled(large)).toBe(true);
    expect(await settled(small)).toBe(true);
  });

  test('and go on once another has been read', async () => {
    const budget = createByteBudget(100);
    const [eldest, other] = [budget.open(), budget.open()];
    await eldest.take(500, never);
    const waiting = other.take(1, never);
    expect(await settled(waiting)).toBe(false);

    eldest.release();

    expect(await settled(waiting)).toBe(true);
  });

  test('and the next one is the eldest when the eldest has been read', async () => {
    const budget = createByteBudget(100);
    const [eldest, second, third] = [budget.open(), budget.open(), budget.open()];
    await eldest.take(40, never);
    await second.take(30, never);
    await third.take(30, never);
    const [large, larger] = [second.take(300, never), third.take(300, never)];

    eldest.release();

    expect(await settled(large)).toBe(true);
    expect(await settled(larger)).toBe(false);
    second.release();
    expect(await settled(larger)).toBe(true);
  });

  test('and one that holds less than it took gives the rest back', async () => {
    const budget = createByteBudget(100);
    const [eldest, other] = [budget.open(), budget.open()];
    await eldest.take(100, never);
    const waiting = other.take(80, never);
    expect(await settled(waiting)).toBe(false);

    eldest.settle(20);

    expect(await settled(waiting)).toBe(true);
  });

  test('and one that waits is ended by its signal', async () => {
    const budget = createByteBudget(100);
    await budget.open().take(100, never);
    const caller = new AbortController();
    const waiting = budget.open().take(1, caller.signal);

    caller.abort(new Error('stop'));

    await expect(waiting).rejects.toThrow('stop');
  });

  const bodies = fc.array(fc.array(fc.integer({ min: 0, max: 150 }), { minLength: 1, maxLength: 8 }), {
    minLength: 1,
    maxLength: 12,
  });

  test('and all are read, with no more held than the budget and one body', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, fc.infiniteStream(fc.nat(3)), async (all, pauses) => {
        const budget = createByteBudget(100);
        let [held, most] = [0, 0];
        const read = async (pieces: readonly number[]) => {
          const memory = budget.open();
          let own = 0;
          for (const piece of pieces) {
            for (let pause = pauses.next().value ?? 0; pause > 0; pause -= 1) await Promise.resolve();
            await memory.take(piece, never);
            own += piece;
            held += piece;
            most = Math.max(most, held);
          }
          held -= own;
          memory.release();
        };

        await Promise.all(all.map(read));

        const largest = Math.max(...all.map((pieces) => pieces.reduce((sum, piece) => sum + piece, 0)));
        expect(most).toBeLessThanOrEqual(100 + largest);
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});

describe('a body that waits for room', () => {
  const pieceBytes = 1000;

  /** A body whose pieces are counted as they are read, collected into the memory. */
  function collecting(memory: BodyMemory, contentLength: string | undefined, pieces = 200) {
    let given = 0;
    const stream = new Readable({
      highWaterMark: pieceBytes,
      read() {
        given += 1;
        this.push(given > pieces ? null : Buffer.alloc(pieceBytes, 0x61));
      },
    });
    const room = { take: (bytes: number) => memory.take(bytes, never), settle: memory.settle };
    const body = collectBody({ pieces: stream, contentLength, contentEncoding: undefined }, 10_000_000, room);
    return { body, given: () => given };
  }

  test.each([undefined, '200000'])('is not read on, with a content-length of %s', async (contentLength) => {
    const budget = createByteBudget(50_000);
    const eldest = budget.open();
    await eldest.take(45_000, never);
    const { body, given } = collecting(budget.open(), contentLength);
    expect(await settled(body)).toBe(false);
    expect(given()).toBeLessThan(10);

    eldest.release();

    expect(await body).toHaveLength(200_000);
  });

  test('waits for what its gzip unpacks to', async () => {
    const budget = createByteBudget(50_000);
    const eldest = budget.open();
    await eldest.take(45_000, never);
    const memory = budget.open();
    const room = { take: (bytes: number) => memory.take(bytes, never), settle: memory.settle };
    const packed = gzipSync(Buffer.alloc(40_000, 0x20));
    const from = { pieces: Readable.from([packed]), contentLength: undefined, contentEncoding: 'gzip' };
    const body = collectBody(from, 1_000_000, room);
    expect(await settled(body)).toBe(false);

    eldest.release();

    expect(await body).toHaveLength(40_000);
    await budget.open().take(10_000, never); // the packed bytes are not held any more
    expect(await settled(budget.open().take(1, never))).toBe(false);
  });
});
