/** The first backoff is at most this long; each further one twice as long as the one before. */
const BACKOFF_BASE_MS = 500;
/** No backoff of our own is longer. What the vendor asks for is not cut to it. */
const BACKOFF_CAP_MS = 30_000;

/** What decides how long to wait before the next try. */
export interface RetryMoment {
  /** How many tries have failed before this one: 0 after the first failure. */
  readonly attempt: number;
  /** What the vendor asked for, ms; never shortened. Undefined where it asked for nothing. */
  readonly askedMs: number | undefined;
  /** What the run may still take, ms. */
  readonly leftMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Milliseconds to wait before the next try: what the vendor asked for, else exponential backoff with full jitter, which
 * spreads the clients of one outage best (AWS Architecture Blog, "Exponential Backoff And Jitter").
 * Undefined when the run's time does not reach: stop now, the next run goes on.
 */
export function nextDelayMs(at: RetryMoment): number | undefined {
  const backoffMs = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** at.attempt) * at.random();
  const delayMs = at.askedMs ?? backoffMs;
  return delayMs < at.leftMs ? delayMs : undefined;
}

/**
 * Reads a Retry-After header (RFC 9110, 10.2.3) received at `nowMs`: milliseconds to wait, 0 for an instant in the past.
 * Undefined for a header that is absent or of neither form, so that a mistake of the vendor's falls back to backoff.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const at = parseHttpDate(text, nowMs);
  return at === undefined ? undefined : Math.max(0, at - nowMs);
}

const WEEKDAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const LONG_WEEKDAY = '(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';

/** The three forms that RFC 9110, 5.6.7 wants recipients to read: IMF-fixdate, RFC 850, asctime. */
const HTTP_DATE_FORMS = [
  new RegExp(`^${WEEKDAY}, (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^${LONG_WEEKDAY}, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} GMT$`),
  new RegExp(`^${WEEKDAY} ${MONTH} (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`),
];

/** Epoch ms of an HTTP date; undefined for other text and for days and times that do not exist. */
function parseHttpDate(text: string, nowMs: number): number | undefined {
  const parts = HTTP_DATE_FORMS.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (!parts) return undefined;
  const day = Number(parts['day']);
  const monthIndex = MONTHS.indexOf(parts['month'] ?? '');
  const year = fullYear(parts['year'] ?? '', nowMs);
  const [hour, minute, second] = [Number(parts['hour']), Number(parts['minute']), Number(parts['second'])];
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const midnight = new Date(Date.UTC(year, monthIndex, day));
  if (midnight.getUTCDate() !== day || midnight.getUTCMonth() !== monthIndex) return undefined;
  return midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** A year of two digits is the latest one that ends so and is not more than 50 years ahead (RFC 9110, 5.6.7). */
function fullYear(digits: string, nowMs: number): number {
  if (digits.length === 4) return Number(digits);
  const latest = new Date(nowMs).getUTCFullYear() + 50;
  return latest - ((latest - Number(digits)) % 100);
}
