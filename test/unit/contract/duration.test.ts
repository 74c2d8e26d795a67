import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../contract/duration.ts';
import { SECOND_MS } from '../../support/durations.ts';

const minuteMs = 60 * SECOND_MS;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

describe('parseDuration', () => {
  test.each([
    ['0', 0],
    ['0 seconds', 0],
    ['15 minutes', 15 * minuteMs],
    ['1 day', dayMs],
    ['90 s', 90 * SECOND_MS],
    ['250ms', 250],
    ['1h 30m', 90 * minuteMs],
    ['1h30m', 90 * minuteMs],
    ['1 day 2 hours 3 minutes 4 seconds', dayMs + 2 * hourMs + 3 * minuteMs + 4 * SECOND_MS],
    ['2 weeks', 14 * dayMs],
    ['1.5 hours', 90 * minuteMs],
    ['1.1 s', 1100],
    ['4.35 h', 15_660 * SECOND_MS],
    ['  1 Hour ', hourMs],
    ['100000000 days', 8.64e15],
  ])('reads %j as %d ms', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  test.each([
    ['empty text', ''],
    ['blanks', '   '],
    ['a number without a unit', '15'],
    ['a unit without a number', 'minutes'],
    ['a negative', '-1 day'],
    ['a sign', '+1 day'],
    ['an unknown unit', '3 fortnights'],
    ['a unit of no fixed length', '1 month'],
    ['the same unit twice', '1 day 2 days'],
    ['a smaller unit first', '5 minutes 1 hour'],
    ['a bare number at the end', '1 hour 30'],
    ['words between', '1 hour and 5 minutes'],
    ['an exponent', '1e3 s'],
    ['a decimal comma', '1,5 hours'],
    ['a cut fraction', '1. s'],
    ['ISO 8601', 'PT15M'],
    ['less than a millisecond', '0.0001 s'],
    ['more than any instant reaches', '100000001 days'],
    ['more digits than a number holds', `${'9'.repeat(400)} days`],
    ['a name of Object.prototype', '1 constructor'],
  ])('refuses %s', (_, text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('gives a whole number of milliseconds or undefined for any text', () => {
    const anyText = fc.oneof(fc.string(), fc.stringMatching(/^\d{0,20}(\.\d{0,20})? ?(d|hours|m|s|ms)?$/));

    fc.assert(
      fc.property(anyText, (text) => {
        const durationMs = parseDuration(text);

        expect(durationMs === undefined || (Number.isSafeInteger(durationMs) && durationMs >= 0)).toBe(true);
      }),
    );
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0 seconds'],
    [1, '1 millisecond'],
    [1.4, '1 millisecond'],
    [0.4, '0 seconds'],
    [90 * SECOND_MS, '1 minute 30 seconds'],
    [hourMs, '1 hour'],
    [7 * dayMs, '7 days'],
    [dayMs + 250, '1 day 250 milliseconds'],
    [-2 * minuteMs, '-2 minutes'],
    [Number.POSITIVE_INFINITY, 'unlimited'],
  ])('says %d ms as %j', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  it('is read back by parseDuration', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8.64e15 }), (durationMs) => {
        expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
      }),
    );
  });
});
