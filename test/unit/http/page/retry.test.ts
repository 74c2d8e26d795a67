import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextDelayMs, parseRetryAfter } from '../../../../functions/http/page/retry.ts';

const now = Date.UTC(1994, 10, 6, 8, 49, 0);
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

describe('parseRetryAfter', () => {
  test.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
    ['Sun Nov  6 08:49:37 1994', 37_000],
    ['Sun Nov 06 08:49:37 1994', 37_000],
    ['Sun, 06 Nov 1994 08:48:00 GMT', 0],
    ['Sat, 31 Dec 1994 23:59:60 GMT', Date.UTC(1995, 0, 1) - now],
    ['Wednesday, 06-Nov-02 08:49:00 GMT', Date.UTC(2002, 10, 6, 8, 49) - now],
  ])('reads %j', (header, waitMs) => {
    expect(parseRetryAfter(header, now)).toBe(waitMs);
  });

  test.each([
    undefined,
    '',
    '-1',
    '+5',
    '1.5',
    '1e3',
    '0x10',
    '5, 5',
    'soon',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'sun, 06 nov 1994 08:49:37 gmt',
  ])('takes %j for no Retry-After at all', (header) => {
    expect(parseRetryAfter(header, now)).toBeUndefined();
  });

  test('reads a two-digit year as the nearest one that is not more than 50 years ahead', () => {
    expect(parseRetryAfter('Sunday, 06-Nov-94 08:49:37 GMT', Date.UTC(2026, 0, 1))).toBe(0);
    expect(parseRetryAfter('Thursday, 01-Jan-26 00:00:09 GMT', Date.UTC(2026, 0, 1))).toBe(9000);
  });
});
