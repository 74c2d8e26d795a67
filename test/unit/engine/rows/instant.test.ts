import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { parseInstant, utcDate } from '../../../../functions/engine/rows/instant.ts';

const firstNs = -62_135_596_800n * 1_000_000_000n;
const lastNs = 253_402_300_800n * 1_000_000_000n - 1n;
/** The span in which every microsecond is a safe integer, in whole seconds. */
const exactNs = { min: -9_007_199_254n * 1_000_000_000n, max: 9_007_199_254n * 1_000_000_000n };

/** Microseconds by the calendar library, cut down. */
function microsOf(instant: Temporal.Instant): number {
  const ns = instant.epochNanoseconds;
  return Number((ns - (((ns % 1000n) + 1000n) % 1000n)) / 1000n);
}

const offsets = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 });

function offsetText(minutes: number, form: 'colon' | 'plain'): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${form === 'colon' ? ':' : ''}${two(size % 60)}`;
}

describe('text', () => {
  test('any instant at any offset reads as the calendar library says, microsecond by microsecond', () => {
    const cases = fc.record({
      ns: fc.bigInt(exactNs),
      minutes: offsets,
      form: fc.constantFrom('colon', 'plain' as const),
      between: fc.constantFrom('T', ' ', 't'),
      blank: fc.constantFrom('', ' '),
      digits: fc.integer({ min: 0, max: 9 }),
    });

    fc.assert(
      fc.property(cases, ({ ns, minutes, form, between, blank, digits }) => {
        const instant = Temporal.Instant.fromEpochNanoseconds(ns);
        const wall = instant.toZonedDateTimeISO(offsetText(minutes, 'colon')).toPlainDateTime();
        const cut = wall.toString({ fractionalSecondDigits: 9 }).slice(0, digits === 0 ? 19 : 20 + digits);
        const text = cut.replace('T', between) + blank + offsetText(minutes, form);

        const expected = microsOf(Temporal.Instant.from(`${cut}${offsetText(minutes, 'colon')}`));

        expect(parseInstant(JSON.stringify(text))).toBe(expected);
      }),
      { numRuns: 5000 },
    );
  });

  test('outside the years where microseconds fit a double it stays within 64 µs, and in its day', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: firstNs, max: lastNs }), (ns) => {
        const instant = Temporal.Instant.fromEpochNanoseconds(ns);
        const text = instant.toString({ fractionalSecondDigits: 6 });

        const micros = parseInstant(JSON.stringify(text)) ?? Number.NaN;

        expect(microsOf(instant) - micros).toBeGreaterThanOrEqual(0);
        expect(microsOf(instant) - micros).toBeLessThan(64 + 32);
        expect(utcDate(micros)).toBe(text.slice(0, 10));
      }),
      { numRuns: 2000 },
    );
  });

  test('a date and clock exists exactly where the calendar library has it', () => {
    const part = (max: number, width: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(width, '0'));
    const texts = fc
      .tuple(part(9999, 4), part(13, 2), part(32, 2), part(25, 2), part(60, 2), part(59, 2))
      .map(([y, mo, d, h, mi, s]) => `${y}-${mo}-${d}T${h}:${mi}:${s}Z`)
      .filter((text) => !text.startsWith('0000'));

    fc.assert(
      fc.property(texts, (text) => {
        const exists = (() => {
          try {
            return Temporal.Instant.from(text) !== undefined;
          } catch {
            return false;
          }
        })();

        expect(parseInstant(`"${text}"`) !== undefined).toBe(exists);
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ['"2026-03-01T10:00:00Z"', 1_772_359_200_000_000],
    ['"2026-03-01T10:00Z"', 1_772_359_200_000_000],
    ['"2026-03-01t10:00:00z"', 1_772_359_200_000_000],
    ['"2026-03-01 10:00:00Z"', 1_772_359_200_000_000],
    ['"2026-03-01T12:00:00+02"', 1_772_359_200_000_000],
    ['"2026-03-01T12:00:00+0200"', 1_772_359_200_000_000],
    ['"2026-03-01T05:30:00.000-04:30"', 1_772_359_200_000_000],
    ['"2026-03-01T10:00:00-00:00"', 1_772_359_200_000_000],
    ['"2026-03-01T10:00:00.1234567899999Z"', 1_772_359_200_123_456],
    ['"2026-03-01T10:00:00\\u002e5Z"', 1_772_359_200_500_000],
    ['"2024-02-29T00:00:00Z"', 1_709_164_800_000_000],
    ['"2000-02-29T00:00:00Z"', 951_782_400_000_000],
    ['"1969-12-31T23:59:59.999999Z"', -1],
    ['"2026-05-20 09:00:00 +0000"', 1_779_267_600_000_000],
    ['"2026-05-20 02:00:00.000 -0700"', 1_779_267_600_000_000],
    ['"2026-05-20T09:00 Z"', 1_779_267_600_000_000],
    ['"2026-05-20T09:00:00 -00"', 1_779_267_600_000_000],
    ['"0001-01-01T00:00:00Z"', -62_135_596_800_000_000],
    ['"9999-12-31T23:59:59Z"', 253_402_300_799_000_000],
  ])('%s is usable', (token, micros) => {
    expect(parseInstant(token)).toBe(micros);
  });

  test('a leap second stays in the day that it ends', () => {
    expect(parseInstant('"2016-12-31T23:59:60Z"')).toBe(parseInstant('"2016-12-31T23:59:59.999999Z"'));
    expect(parseInstant('"2016-12-31T23:59:60.5Z"')).toBe(parseInstant('"2016-12-31T23:59:59.999999Z"'));
  });

  test.each([
    '""',
    '"2026-03-01"',
    '"2026-03-01T10:00:00"',
    '"2026-03-01T10:00:00.Z"',
    '"2026-03-01T10:00:00,5Z"',
    '"2026-03-01T10Z"',
    '"2026-03-01T10:00:Z"',
    '"2026-03-01T10:00:0Z"',
    '"2026-03-01T10:00:00ZZ"',
    '"2026-03-01T10:00:00Z "',
    '" 2026-03-01T10:00:00Z"',
    '"2026-03-01T10:00:00  Z"',
    '"2026-03-01T10:00:00 "',
    '"2026-03-01T10:00 :00Z"',
    '"2026-03-01T10:00:00+ 02:00"',
    '"2026-03-01T10:00:00 UTC"',
    '"2026-03-01T10:00:00+2"',
    '"2026-03-01T10:00:00+02:"',
    '"2026-03-01T10:00:00+02:0"',
    '"2026-03-01T10:00:00+020"',
    '"2026-03-01T10:00:00+02x00"',
    '"2026-03-01T10:00:00+24:00"',
    '"2026-03-01T10:00:00+02:60"',
    '"2026-03-01T10:00:00+02:00:00"',
    '"2026-03-01T24:00:00Z"',
    '"2026-03-01T10:60:00Z"',
    '"2026-03-01T10:00:61Z"',
    '"2026-02-29T10:00:00Z"',
    '"2026-02-30T10:00:00Z"',
    '"1900-02-29T10:00:00Z"',
    '"2026-04-31T10:00:00Z"',
    '"2026-13-01T10:00:00Z"',
    '"2026-00-01T10:00:00Z"',
    '"2026-03-00T10:00:00Z"',
    '"0000-03-01T10:00:00Z"',
    '"0001-01-01T00:00:00+00:01"',
    '"9999-12-31T23:59:59-00:01"',
    '"-2026-03-01T10:00:00Z"',
    '"+002026-03-01T10:00:00Z"',
    '"2026-3-1T10:00:00.000000Z"',
    '"2026/03/01T10:00:00Z"',
    '"20260301T100000Z         "',
    '"1772359200"',
    '"٢٠٢٦-03-01T10:00:00Z"',
    '"\\u0032026-03-01T10:00"',
    'null',
    'true',
    '{}',
    '[]',
    '',
  ])('%s is unusable', (token) => {
    expect(parseInstant(token)).toBeUndefined();
  });

  test('an absent token is unusable', () => {
    expect(parseInstant(undefined)).toBeUndefined();
  });
});

describe('numbers', () => {
  test.each([
    ['1772359200', 1_772_359_200_000_000],
    ['1772359200.5', 1_772_359_200_500_000],
    ['1772359200.1234569', 1_772_359_200_123_456],
    ['1772359200.000001', 1_772_359_200_000_001],
    ['1772359200123', 1_772_359_200_123_000],
    ['1772359200123.4567', 1_772_359_200_123_456],
    ['1772359200123456', 1_772_359_200_123_456],
    ['1772359200123456.9', 1_772_359_200_123_456],
    ['0', 0],
    ['-0', 0],
    ['0e99', 0],
    ['-1', -1_000_000],
    ['1e2', 100_000_000],
    ['1E+2', 100_000_000],
    ['1.7723592e9', 1_772_359_200_000_000],
    ['1.772359200123456e9', 1_772_359_200_123_456],
    ['1.772359200123456e15', 1_772_359_200_123_456],
    ['17723592001234.56e-4', 1_772_359_200_123_456],
    ['0.0017723592e12', 1_772_359_200_000_000],
    ['1e-7', 0],
    ['1e-99999999999', 0],
    ['99999999999', 99_999_999_999_000_000],
    ['-62135596800', -62_135_596_800_000_000],
  ])('%s is usable', (token, micros) => {
    expect(parseInstant(token)).toBe(micros);
  });

  test.each(['1e17', '100000000000000000', '1e99999999999', '-62135596801', '-99999999999', '-', '1.', '1e', '.5'])(
    '%s is unusable',
    (token) => {
      expect(parseInstant(token)).toBeUndefined();
    },
  );

  test('the same instant reads alike in every unit and notation', () => {
    // From 1e11 ms (1973) on, milliseconds are not taken for seconds, and from 1e14 µs on microseconds are not taken for those.
    fc.assert(
      fc.property(
        fc.integer({ min: 100_000_000_000_000, max: 9_000_000_000_000_000 }),
        fc.boolean(),
        (us, negative) => {
          const sign = negative ? '-' : '';
          const digits = String(us);
          const seconds = `${digits.slice(0, -6)}.${digits.slice(-6)}`;
          const ms = `${digits.slice(0, -3)}.${digits.slice(-3)}`;
          const scientific = `${digits.slice(0, 1)}.${digits.slice(1)}e${digits.length - 7}`;

          const read = [digits, ms, seconds, scientific].map((text) => parseInstant(sign + text));

          expect(read).toEqual(Array(4).fill(negative ? -us : us));
        },
      ),
    );
  });
});

describe('dates', () => {
  test('every day of the years 1 to 9999 has the date that the calendar library says', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }), (second) => {
        const date = Temporal.Instant.fromEpochMilliseconds(second * 1000)
          .toString()
          .slice(0, 10);

        expect(utcDate(second * 1e6)).toBe(date);
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    '1600-02-29',
    '1600-03-01',
    '1900-02-28',
    '1900-03-01',
    '2000-02-29',
    '2000-03-01',
    '2024-02-29',
    '2024-12-31',
  ])('%s is itself, at the turns of the leap years', (date) => {
    expect(utcDate(parseInstant(`"${date}T00:00Z"`) ?? Number.NaN)).toBe(date);
    expect(parseInstant(`"${date}T00:00Z"`)).toBe(Temporal.Instant.from(`${date}T00:00Z`).epochMilliseconds * 1000);
  });

  test('a day ends at its last microsecond', () => {
    expect([0, 86_399_999_999, 86_400_000_000, -1, 0].map(utcDate)).toEqual([
      '1970-01-01',
      '1970-01-01',
      '1970-01-02',
      '1969-12-31',
      '1970-01-01',
    ]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 253_402_300_800_000_000, -62_135_596_800_000_064])(
    'fails for %s, which is not an instant of ours',
    (instant) => {
      expect(() => utcDate(instant)).toThrow(RangeError);
    },
  );
});
