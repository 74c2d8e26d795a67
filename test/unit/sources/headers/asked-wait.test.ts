import { describe, expect, test } from 'vitest';
import { askedWaitMs, retryAfterMs } from '../../../../functions/sources/headers/asked-wait.ts';

const now = Date.UTC(1994, 10, 6, 8, 49, 0);
const FIVE_MINUTES = 300_000;

describe('Retry-After', () => {
  const wait = (header: string) => retryAfterMs({ 'retry-after': header }, now);

  test.each([
    ['120', 120_000],
    [' 7 ', 7000],
    ['+5', 5000],
    ['1.5', 1500],
    ['0.2', 200],
    ['120.0', 120_000],
    ['1e3', 1_000_000],
    ['"120"', 120_000],
    ['120s', 120_000],
    ['120 s', 120_000],
    ['120 seconds', 120_000],
    ['1 second', 1000],
    ['2 minutes', 120_000],
    ['1m30s', 90_000],
    ['6m0s', 360_000],
    ['1 hour, 5 minutes', 3_900_000],
    ['500ms', 500],
    ['PT2M', 120_000],
    ['PT1H30M5.5S', 5_405_500],
    ['P1D', 86_400_000],
    ['00:02:00', 120_000],
  ])('reads the duration %j', (header, waitMs) => {
    expect(wait(header)).toBe(waitMs);
  });

  test.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
    ['Sun Nov  6 08:49:37 1994', 37_000],
    ['Sun Nov 06 08:49:37 1994', 37_000],
    ['Sat, 31 Dec 1994 23:59:60 GMT', Date.UTC(1995, 0, 1) - now],
    ['Wednesday, 06-Nov-02 08:49:00 GMT', Date.UTC(2002, 10, 6, 8, 49) - now],
    ['Sun, 6 Nov 1994 08:49:37 GMT', 37_000],
    ['sun, 06 nov 1994 08:49:37 gmt', 37_000],
    ['06 Nov 1994 08:49:37 GMT', 37_000],
    ['Sun, 06 Nov 1994 08:49:37 UTC', 37_000],
    ['Sun, 06 Nov 1994 08:49:37 GMT+00:00', 37_000],
    ['Sun, 06 Nov 1994 08:49:37 +0000', 37_000],
    ['Sun, 06 Nov 1994 10:49:37 +0200', 37_000],
    ['Sun, 06 Nov 1994 03:49:37 EST', 37_000],
    ['1994-11-06T08:49:37Z', 37_000],
    ['1994-11-06T08:49:37.25Z', 37_250],
    ['1994-11-06 08:49:37+00:00', 37_000],
    ['1994-11-06T10:49:37+0200', 37_000],
    ['Sun Nov 06 1994 08:49:37 GMT+0000 (Coordinated Universal Time)', 37_000],
    [String((now + 90_000) / 1000), 90_000],
    [String(now + 90_000_000_000), 90_000_000_000],
  ])('reads the instant %j', (header, waitMs) => {
    const at = Date.UTC(2001, 8, 9, 1, 46, 40); // epoch seconds have ten digits since
    if (!/^\d+$/.test(header)) expect(wait(header)).toBe(waitMs);
    else
      expect(
        retryAfterMs({ 'retry-after': String(Number(header) + (at - now) / (header.length > 11 ? 1 : 1000)) }, at),
      ).toBe(waitMs);
  });

  test.each([
    ['120, 120', 120_000],
    ['30,120', 120_000],
    ['Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:40 GMT', 40_000],
    ['120, Sun, 06 Nov 1994 08:49:37 GMT', 120_000],
  ])('that came twice means the longer wait: %j', (header, waitMs) => {
    expect(wait(header)).toBe(waitMs);
  });

  test.each([
    'soon',
    '0x10',
    '3 fortnights',
    '5 5',
    '120, soon',
    'NaN',
    'null',
    'P',
    'PT',
    'Sun, 06 Nov 1994 08:49:37 CET', // which is an hour or two ahead, in most places
    'Sun, 06 Nov 1994 08:49:37',
    '1994-11-06T08:49:37',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'x'.repeat(60_000),
    `${'1 s '.repeat(20_000)}!`,
  ])('that is not understood is a long wait: %.60j', (header) => {
    expect(wait(header)).toBe(FIVE_MINUTES);
  });

  test.each(['', '   ', '0', '0.0', '-1', '-3.5', 'Sun, 06 Nov 1994 08:48:00 GMT'])(
    'that asks for nothing names no wait: %j',
    (header) => {
      expect(wait(header)).toBeUndefined();
    },
  );

  test.each(['99999999999', '9'.repeat(400), '1e300'])('may ask for longer than anything lasts: %.20s', (header) => {
    expect(wait(header)).toBeGreaterThan(1e12);
  });

  test('goes by the clock of the vendor that wrote the instant', () => {
    const headers = { 'retry-after': 'Sun, 06 Nov 1994 09:10:00 GMT', date: 'Sun, 06 Nov 1994 09:09:15 GMT' };

    expect(retryAfterMs(headers, now)).toBe(45_000);
    expect(retryAfterMs({ ...headers, age: '1200' }, now)).toBe(21 * 60_000);
  });

  test('reads a year of two digits as the latest one that is not more than 50 years ahead', () => {
    const at = (header: string) => retryAfterMs({ 'retry-after': header }, Date.UTC(2026, 0, 1));

    expect(at('Sunday, 06-Nov-94 08:49:37 GMT')).toBeUndefined();
    expect(at('Thursday, 01-Jan-26 00:00:09 GMT')).toBe(9000);
  });
});

describe('the wait of a busy vendor', () => {
  const at = Date.UTC(2026, 4, 20, 10, 30);
  const epoch = at / 1000;

  test.each<[string, Record<string, string>, number]>([
    ['epoch seconds', { 'x-ratelimit-reset': String(epoch + 40) }, 40_000],
    ['epoch milliseconds', { 'x-ratelimit-reset': String(at + 40_000) }, 40_000],
    ['seconds from now', { 'x-ratelimit-reset': '40' }, 40_000],
    ['a duration', { 'x-ratelimit-reset': '1m0s' }, 60_000],
    ['an instant', { 'x-ratelimit-reset': '2026-05-20T10:30:40Z' }, 40_000],
    ['none left', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '40' }, 40_000],
    ['another name', { 'x-rate-limit-reset': String(epoch + 40) }, 40_000],
    ['seconds, by name', { 'x-ratelimit-reset-after': '12.75' }, 12_750],
    ['the draft', { 'ratelimit-remaining': '0', 'ratelimit-reset': '50' }, 50_000],
    ['the draft in one header', { ratelimit: 'limit=100, remaining=0, reset=50' }, 50_000],
    ['the later draft', { ratelimit: '"minute";r=0;t=50' }, 50_000],
    ['the later draft with two policies', { ratelimit: '"minute";r=0;t=50, "day";r=900;t=7000' }, 50_000],
    ['milliseconds', { 'retry-after-ms': '1234' }, 1234],
    ['something else', { 'x-ratelimit-reset': 'tomorrow' }, FIVE_MINUTES],
    ['Retry-After, which is meant', { 'retry-after': '5', 'x-ratelimit-reset': '40' }, 5000],
    ['a reset beside an empty Retry-After', { 'retry-after': '0', 'x-ratelimit-reset': '40' }, 40_000],
  ])('is told by its reset: %s', (_, headers, waitMs) => {
    expect(askedWaitMs(headers, at)).toBe(waitMs);
  });

  test.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['a budget that is not used up', { 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': '40' }],
    ['a draft that is not used up', { ratelimit: '"minute";r=3;t=50' }],
    ['a reset that is over', { 'x-ratelimit-reset': String(epoch - 40) }],
    ['a draft without a reset', { ratelimit: '"minute";r=0' }],
  ])('is not told by %s', (_, headers) => {
    expect(askedWaitMs(headers, at)).toBeUndefined();
  });

  test('is not the reset of a budget where the refusal is not about one', () => {
    expect(retryAfterMs({ 'x-ratelimit-reset': '40' }, at)).toBeUndefined();
  });
});
