import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../../../functions/engine/rows/identify.ts';
import { PageGuard, RequestGuard } from '../../../../functions/engine/walk/circle-guard.ts';

const stuck = expect.objectContaining({ code: 'paging-stuck', recovery: 'stop-stream' });
const keyOf = (n: number): Digest => ({ a: n, b: Math.imul(n, 0x9e3779b9) >>> 0, c: n ^ 0x5bd1e995 });
const page = (from: number, rows = 3) => Array.from({ length: rows }, (_, n) => keyOf(from * 100 + n));

/** How many pages of the list are taken before the guard stops it; undefined where it does not. */
function stoppedAfter(pages: Iterable<readonly Digest[]>, pass?: (page: number) => string): number | undefined {
  const guard = new PageGuard('a.stream');
  let taken = 0;
  try {
    for (const keys of pages) {
      const at = taken++;
      guard.take({ pass: pass?.(at), received: keys.length }, keys);
    }
    return undefined;
  } catch (error) {
    expect(error).toEqual(stuck);
    return taken;
  }
}

function* round(length: number, before: number): Generator<readonly Digest[]> {
  for (let n = 0; n < 20_000; n++) yield page(n < before ? n : before + ((n - before) % length));
}

describe('a list that goes round', () => {
  test('is stopped within a few rounds, however long they are and wherever they begin', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 300 }), (length, before) => {
        expect(stoppedAfter(round(length, before))).toBeLessThanOrEqual(12 * (length + before) + 12);
      }),
      { numRuns: 60 },
    );
  });

  test('is told from one that shows rows again in other pages', () => {
    const shifted = Array.from({ length: 500 }, (_, n) => Array.from({ length: 3 }, (_row, at) => keyOf(n + at)));

    expect(stoppedAfter(shifted)).toBeUndefined();
  });

  test('is told from a page that comes twice because rows were put before it meanwhile', () => {
    expect(stoppedAfter([page(1, 1), page(1, 1), page(2, 1), page(3, 1), page(3, 1), page(4, 1)])).toBeUndefined();
  });

  test('is told from passes that bring the same rows on purpose', () => {
    const passes = Array.from({ length: 40 }, (_, n) => page(n % 4));

    expect(stoppedAfter(passes, (n) => `pass ${Math.floor(n / 4)}`)).toBeUndefined();
  });
});

test('empty pages that promise more are followed for a thousand, and not for ever', () => {
  const empty = (count: number) => Array.from({ length: count }, () => []);

  expect(stoppedAfter([...empty(1000), page(1), ...empty(1000)])).toBeUndefined();
  expect(stoppedAfter(empty(1002))).toBe(1001);
});

describe('a request', () => {
  const take = (states: readonly string[]) => {
    const guard = new RequestGuard('a.stream');
    for (const state of states) guard.take(state);
  };

  test('that comes back at once is not sent', () => {
    expect(() => take(['a', 'b', 'c', 'd', 'd'])).toThrow(stuck);
  });

  test('that comes back later is noticed', () => {
    expect(() => take([...'abcde', ...'cdecdecdecde'])).toThrow(stuck);
  });

  test('that is new is sent', () => {
    expect(() => take(Array.from({ length: 5000 }, (_, n) => `cursor ${n}`))).not.toThrow();
  });
});
