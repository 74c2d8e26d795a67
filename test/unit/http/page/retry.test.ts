import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextBusyDelayMs, nextDelayMs } from '../../../../functions/http/page/retry.ts';

const moment = { attempt: 0, askedMs: undefined, leftMs: Number.POSITIVE_INFINITY, random: () => 1 };

describe('nextDelayMs', () => {
  test('doubles from half a second up to 30 seconds', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 7, 2000].map((attempt) => nextDelayMs({ ...moment, attempt }));

    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('spreads the backoff over its whole length', () => {
    expect(nextDelayMs({ ...moment, attempt: 3, random: () => 0 })).toBe(0);
    expect(nextDelayMs({ ...moment, attempt: 3, random: () => 0.25 })).toBe(1000);
  });

  test('never changes what the vendor asked for, however long', () => {
    const everywhere = fc.record({ attempt: fc.nat(20), askedMs: fc.nat(), random: fc.constant(() => 0.5) });

    fc.assert(fc.property(everywhere, (at) => nextDelayMs({ ...at, leftMs: Number.POSITIVE_INFINITY }) === at.askedMs));
  });

  test('says to stop when the wait would use up the time that is left', () => {
    expect(nextDelayMs({ ...moment, askedMs: 1000, leftMs: 1001 })).toBe(1000);
    expect(nextDelayMs({ ...moment, askedMs: 1000, leftMs: 1000 })).toBeUndefined();
    expect(nextDelayMs({ ...moment, attempt: 4, leftMs: 100 })).toBeUndefined();
  });
});

describe('nextBusyDelayMs', () => {
  const busy = (attempt: number, random: number) => nextBusyDelayMs({ ...moment, attempt, random: () => random });

  test('spreads over the backoff, but never asks again within half a second', () => {
    expect([0, 1, 5, 9].map((attempt) => busy(attempt, 0))).toEqual([500, 500, 500, 500]);
    expect([0, 1, 5, 9].map((attempt) => busy(attempt, 0.75))).toEqual([500, 750, 12_000, 22_500]);
  });

  test('says to stop when the wait would use up the time that is left', () => {
    expect(nextBusyDelayMs({ attempt: 0, leftMs: 500, random: () => 0 })).toBeUndefined();
    expect(nextBusyDelayMs({ attempt: 0, leftMs: 501, random: () => 0 })).toBe(500);
  });
});
