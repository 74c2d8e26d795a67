import { Temporal } from 'temporal-polyfill';

/**
 * The instant of an ISO 8601 text with `Z` or an offset, or of a date (its first moment in UTC), in epoch milliseconds, cut
 * to the whole second. Undefined for anything else and outside the years 1970 to 9999, beyond which no vendor's filter and
 * no `dt` reaches.
 */
export function parseIsoInstant(written: string): number | undefined {
  if (!INSTANT_FORM.test(written)) return undefined;
  try {
    const at = Temporal.Instant.from(
      written.includes(':') ? written.replace(BLANK_BEFORE_OFFSET, '') : `${written}T00:00:00Z`,
    );
    const atMs = Math.floor(at.epochMilliseconds / 1000) * 1000;
    return atMs >= 0 && atMs < FIRST_MS_OF_YEAR_10000 ? atMs : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined; // such as 30 February
    throw error;
  }
}

/** An instant in epoch milliseconds as people and other programs read it: `2026-01-02T03:04:05.678Z`. @throws RangeError for one that a Date cannot hold */
export function isoInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** Ruby and moment print one; ISO 8601 has none. */
const BLANK_BEFORE_OFFSET = / (?=[Zz+-])/;
const INSTANT_FORM = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?: ?(?:[Zz]|[+-]\d\d(?::?\d\d)?)))?$/;
const FIRST_MS_OF_YEAR_10000 = Date.UTC(10_000, 0);
