import { readDate } from './read-date.ts';
import { readDuration } from './read-duration.ts';
import { type Headers, vendorNow } from './vendor-now.ts';

/** Longer texts are no wait, and reading them would cost time. */
const LONGEST_TEXT = 200;
/** A number of seconds of more than 31 years is an instant: epoch seconds, or from the second on, milliseconds. */
const EPOCH_SECONDS = 1e9;
const EPOCH_MS = 1e12;

/**
 * Milliseconds that a header's text says to wait from `now` on, 0 for what is over already. It may be a number of seconds, a duration
 * with units, or an instant; undefined where it is none of them. Of a header that came twice, and so is a list, the longest counts.
 */
export function readWait(text: string, headers: Headers, now: number): number | undefined {
  if (/^\d+$/.test(text)) return ofNumber(Number(text), headers, now);
  if (text.length > LONGEST_TEXT) return undefined;
  const whole = oneWait(text, headers, now);
  if (whole !== undefined) return whole;
  // The comma of a date parts its weekday from the rest, which is a date without it.
  const parts = text.split(',').map((part) => part.trim());
  const waits = parts.filter((part) => !WEEKDAY.test(part)).map((part) => oneWait(part, headers, now));
  return waits.length > 0 && waits.every((wait) => wait !== undefined) ? Math.max(...waits) : undefined;
}

const WEEKDAY = /^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?$/i;

function oneWait(quoted: string, headers: Headers, now: number): number | undefined {
  const text = quoted.replace(/^(["'])(.*)\1$/, '$2').trim();
  // Of a reset that was over when the response was written.
  if (/^-\d+(?:\.\d+)?$/.test(text)) return 0;
  if (/^\+?(?:\d+\.?\d*|\.\d+)(?:e\+?\d{1,3})?$/i.test(text)) return ofNumber(Number(text), headers, now);
  const at = readDate(text, now);
  return at === undefined ? readDuration(text) : until(at, headers, now);
}

function ofNumber(number: number, headers: Headers, now: number): number {
  if (number < EPOCH_SECONDS) return Math.ceil(number * 1000);
  return until(number < EPOCH_MS ? number * 1000 : number, headers, now);
}

/** By the clock that the instant was read from: the two may differ by more than the wait. */
function until(at: number, headers: Headers, now: number): number {
  return Math.max(0, Math.ceil(at - vendorNow(headers, now)));
}
