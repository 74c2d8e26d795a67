/**
 * Durations as the configuration and the command line write them: `15 minutes`, `1h 30m`, `0`. Months and years are not
 * units, since their length depends on where they begin.
 */

const UNITS = [
  { name: 'day', unitMs: 86_400_000, spellings: ['d', 'day', 'days'] },
  { name: 'hour', unitMs: 3_600_000, spellings: ['h', 'hr', 'hrs', 'hour', 'hours'] },
  { name: 'minute', unitMs: 60_000, spellings: ['m', 'min', 'mins', 'minute', 'minutes'] },
  { name: 'second', unitMs: 1000, spellings: ['s', 'sec', 'secs', 'second', 'seconds'] },
  { name: 'millisecond', unitMs: 1, spellings: ['ms', 'millisecond', 'milliseconds'] },
] as const;

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ...['w', 'week', 'weeks'].map((spelling) => [spelling, 7 * 86_400_000] as const),
  ...UNITS.flatMap(({ unitMs, spellings }) => spellings.map((spelling) => [spelling, unitMs] as const)),
]);

/** ECMAScript's instants end 100,000,000 days from the epoch: a longer duration leads out of time from everywhere. */
const LONGEST_MS = 8.64e15;

const WHOLE_TEXT = /^(?:\d+(?:\.\d+)?\s*[a-z]+\s*)+$/;
const PAIRS = /(\d+)(?:\.(\d+))?\s*([a-z]+)/g;

/**
 * The milliseconds of a duration: pairs of a decimal number and a unit, larger units first, each unit once, or a bare `0`.
 * Undefined for everything else: empty text, other bare numbers, signs, unknown units, fractions of a millisecond.
 */
export function parseDuration(text: string): number | undefined {
  const wanted = text.trim().toLowerCase();
  if (wanted === '0') return 0;
  if (!WHOLE_TEXT.test(wanted)) return undefined;
  let totalMs = 0;
  let largerMs = Number.POSITIVE_INFINITY;
  for (const [, whole = '', fraction = '', unit = ''] of wanted.matchAll(PAIRS)) {
    const unitMs = UNIT_MS.get(unit);
    if (unitMs === undefined || unitMs >= largerMs) return undefined;
    // Integers first, the division last: 1.1 * 1000 is not a whole number in binary, 11 * 1000 / 10 is.
    const scaledMs = Number(whole + fraction) * unitMs;
    const pairMs = scaledMs / 10 ** fraction.length;
    if (!Number.isSafeInteger(scaledMs) || !Number.isInteger(pairMs)) return undefined;
    totalMs += pairMs;
    largerMs = unitMs;
  }
  return totalMs <= LONGEST_MS ? totalMs : undefined;
}

/**
 * A duration for people, in the words that `parseDuration` reads, larger units first: `1 hour 30 minutes`. Fractions of a
 * millisecond are rounded away; a negative one (freshness when the clock went back) has a leading `-`, which
 * `parseDuration` refuses; no limit at all reads `unlimited`.
 */
export function formatDuration(durationMs: number): string {
  if (!Number.isFinite(durationMs)) return 'unlimited';
  let leftMs = Math.round(Math.abs(durationMs));
  if (leftMs === 0) return '0 seconds';
  const words: string[] = [];
  for (const { name, unitMs } of UNITS) {
    const count = Math.floor(leftMs / unitMs);
    if (count > 0) words.push(`${count} ${name}${count === 1 ? '' : 's'}`);
    leftMs -= count * unitMs;
  }
  return `${durationMs < 0 ? '-' : ''}${words.join(' ')}`;
}
