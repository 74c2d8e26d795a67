const NUMBER = '\\d{1,400}(?:\\.\\d{1,20})?';
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Units as they are written, each with its length. */
const UNITS: readonly (readonly [spelling: RegExp, ms: number])[] = [
  [/^(?:ms|msecs?|millis|milliseconds?)$/, 1],
  [/^(?:s|secs?|seconds?)$/, SECOND_MS],
  [/^(?:m|mins?|minutes?)$/, MINUTE_MS],
  [/^(?:h|hrs?|hours?)$/, HOUR_MS],
  [/^(?:d|days?)$/, DAY_MS],
];

const PART = new RegExp(`(${NUMBER})\\s*([a-z]+)`, 'g');
const PARTS = new RegExp(`^(?:${NUMBER}\\s*[a-z]+(?:\\s*,)?(?:\\s+and)?\\s*)+$`);
const ISO = new RegExp(`^p(?:(${NUMBER})d)?(?:t(?=\\d)(?:(${NUMBER})h)?(?:(${NUMBER})m)?(?:(${NUMBER})s)?)?$`);
const CLOCK = /^(\d{1,2}):([0-5]\d):([0-5]\d(?:\.\d{1,9})?)$/;

/**
 * Milliseconds of a duration with units: `120s`, `2 minutes`, `1m30s`, `PT2M`, `00:02:00`. Undefined for other text, a number alone
 * included.
 */
export function readDuration(text: string): number | undefined {
  const lower = text.toLowerCase();
  const iso = ISO.exec(lower);
  if (iso && lower.length > 2) return sum(iso.slice(1), [DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS]);
  const clock = CLOCK.exec(lower);
  if (clock) return sum(clock.slice(1), [HOUR_MS, MINUTE_MS, SECOND_MS]);
  return PARTS.test(lower) ? sumOfParts(lower) : undefined;
}

function sum(numbers: readonly (string | undefined)[], lengths: readonly number[]): number {
  return Math.ceil(lengths.reduce((total, ms, index) => total + Number(numbers[index] ?? 0) * ms, 0));
}

function sumOfParts(text: string): number | undefined {
  let total = 0;
  for (const [, number, name = ''] of text.matchAll(PART)) {
    const unit = UNITS.find(([spelling]) => spelling.test(name));
    if (!unit) return undefined;
    total += Number(number) * unit[1];
  }
  return Math.ceil(total);
}
