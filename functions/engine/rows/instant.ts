/**
 * Instants of rows, as epoch microseconds in a double. Every row's time and version pass through here, so text is read by
 * character codes: `Date` would drop the microseconds and take text without an offset for local time.
 */
import { scalarText } from './row.ts';

const SECONDS_PER_DAY = 86_400;
const MICROS_PER_DAY = 86_400_000_000;
/** 0001-01-01T00:00:00Z and 10000-01-01T00:00:00Z, seconds. */
const FIRST_SECOND = -62_135_596_800;
const END_SECOND = 253_402_300_800;
/** So low that whatever is made of it fails its range check. */
const NOT_DIGITS = -1_000_000;

/**
 * The UTC instant of a raw JSON token, in epoch microseconds; undefined when it tells none. Digits below a microsecond are cut off.
 *
 * Usable are numbers (magnitude below 1e11: epoch seconds, below 1e14: milliseconds, below 1e17: microseconds; fractions and
 * exponents as JSON writes them) and strings `YYYY-MM-DD`, `T` or a blank, `HH:MM[:SS[.fraction]]`, then `Z`, `±HH:MM`, `±HHMM` or
 * `±HH` (RFC 3339 and its ISO 8601 neighbours), before which a blank may stand, as Ruby and moment print it (dbcrossbar issue 191).
 * Text without an offset tells no instant. A leap second `:60` is read as
 * `:59.999999`, so that it stays in its day. Years 1 to 9999 in UTC; exact from 1684 to 2255, where microseconds fit a double,
 * and cut to 64 µs (never rounded up into another day) outside.
 */
export function parseInstant(token: string | undefined): number | undefined {
  if (token === undefined || token.length === 0) return undefined;
  if (token.charCodeAt(0) !== 0x22) return parseEpoch(token);
  // The shortest is "YYYY-MM-DDTHH:MMZ" with its quotes. The closing quote also ends every run of digits below.
  if (token.length < 19 || token.charCodeAt(token.length - 1) !== 0x22) return undefined;
  return parseText(token) ?? (token.includes('\\') ? parseEscaped(token) : undefined);
}

function parseEscaped(token: string): number | undefined {
  const text = `"${scalarText(token) ?? ''}"`;
  return text.length < 19 ? undefined : parseText(text);
}

/** The UTC date of an instant in epoch microseconds, `YYYY-MM-DD`. @throws RangeError outside the years 1 to 9999 */
export function utcDate(instantUs: number): string {
  const day = Math.floor(instantUs / MICROS_PER_DAY);
  if (day !== lastDay) {
    lastDate = civilDate(day);
    lastDay = day;
  }
  return lastDate;
}

// Rows come nearly in the order of time, so one remembered day spares almost all of the arithmetic and the string.
let lastDay = 0;
let lastDate = '1970-01-01';

/** A quoted text of at least 19 characters; an escape in it fails like any other character that is out of place. */
function parseText(text: string): number | undefined {
  const year = twoDigits(text, 1) * 100 + twoDigits(text, 3);
  const month = twoDigits(text, 6);
  const dayOfMonth = twoDigits(text, 9);
  const hour = twoDigits(text, 12);
  const minute = twoDigits(text, 15);
  if (text.charCodeAt(5) !== 0x2d || text.charCodeAt(8) !== 0x2d || text.charCodeAt(14) !== 0x3a) return undefined;
  const between = text.charCodeAt(11);
  if (between !== 0x54 && between !== 0x20 && between !== 0x74) return undefined;
  if (year < 1 || month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > lengthOfMonth(year, month))
    return undefined;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return undefined;

  let at = 17;
  let second = 0;
  let micros = 0;
  if (text.charCodeAt(at) === 0x3a) {
    second = twoDigits(text, at + 1);
    if (second < 0 || second > 60) return undefined;
    at += 3;
    if (text.charCodeAt(at) === 0x2e) {
      const from = at + 1;
      at = endOfDigits(text, from);
      if (at === from) return undefined;
      micros = microsOfFraction(text, from, at, 1e6);
    }
    if (second === 60) {
      second = 59;
      micros = 999_999;
    }
  }
  const offset = offsetSeconds(text, at);
  if (offset === undefined) return undefined;
  return instantOf(
    daysBefore(year, month, dayOfMonth) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset,
    micros,
  );
}

/** The UTC offset that ends the text, seconds east of Greenwich; undefined where it is missing or something follows it. */
function offsetSeconds(text: string, at: number): number | undefined {
  if (text.charCodeAt(at) === 0x20) at++;
  const sign = text.charCodeAt(at);
  const left = text.length - 1 - at;
  if (sign === 0x5a || sign === 0x7a) return left === 1 ? 0 : undefined;
  if (sign !== 0x2b && sign !== 0x2d) return undefined;
  if (left !== 3 && left !== 5 && left !== 6) return undefined;
  if (left === 6 && text.charCodeAt(at + 3) !== 0x3a) return undefined;
  const hours = twoDigits(text, at + 1);
  const minutes = left === 3 ? 0 : twoDigits(text, at + left - 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined;
  const seconds = hours * 3600 + minutes * 60;
  return sign === 0x2d ? -seconds : seconds;
}

/** A number as JSON writes it. Its unit follows from its magnitude. */
function parseEpoch(token: string): number | undefined {
  const negative = token.charCodeAt(0) === 0x2d;
  const from = negative ? 1 : 0;
  const point = endOfDigits(token, from);
  if (point === from) return undefined;
  let end = point;
  if (token.charCodeAt(point) === 0x2e) {
    end = endOfDigits(token, point + 1);
    if (end === point + 1) return undefined;
  }
  if (end !== token.length) return parseExponent(token, from, point, end);

  const whole = wholeNumber(token, from, point);
  const microsPerUnit = whole < 1e11 ? 1e6 : whole < 1e14 ? 1e3 : 1;
  const micros = whole * microsPerUnit + microsOfFraction(token, point + 1, end, microsPerUnit);
  const withinYears = negative ? micros <= -FIRST_SECOND * 1e6 : micros < 1e17;
  return withinYears ? (negative ? 0 - micros : micros) : undefined;
}

/** A number with an exponent, by moving its point in the text: 1.7672256e9 has no exact path through a double. */
function parseExponent(token: string, from: number, point: number, end: number): number | undefined {
  const exponentText = /^[eE]([+-]?\d+)$/.exec(token.slice(end))?.[1];
  if (exponentText === undefined) return undefined;
  const digits = token.slice(from, point) + token.slice(point + 1, end);
  const significant = digits.replace(/^0+/, '');
  if (significant === '') return 0;
  const wholeDigits = point - from + Number(exponentText) - (digits.length - significant.length);
  if (wholeDigits > 17) return undefined;
  if (wholeDigits < -6) return 0;
  const padded = '0'.repeat(Math.max(0, -wholeDigits)) + significant.padEnd(Math.max(0, wholeDigits), '0');
  const whole = padded.slice(0, Math.max(0, wholeDigits));
  const fraction = padded.slice(whole.length) || '0';
  return parseEpoch(`${from === 1 ? '-' : ''}${whole || '0'}.${fraction}`);
}

/** Joins whole seconds and the microseconds after them, where they lie in the years 1 to 9999. */
function instantOf(second: number, micros: number): number | undefined {
  if (second < FIRST_SECOND || second >= END_SECOND) return undefined;
  const instant = second * 1e6 + micros;
  return Number.isSafeInteger(instant) ? instant : second * 1e6 + (micros - (micros % 64));
}

/** The number of two decimal digits, or `NOT_DIGITS`. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30;
  if (tens >>> 0 > 9) return NOT_DIGITS;
  const ones = text.charCodeAt(at + 1) - 0x30;
  return ones >>> 0 > 9 ? NOT_DIGITS : tens * 10 + ones;
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (at < text.length && (text.charCodeAt(at) - 0x30) >>> 0 <= 9) at++;
  return at;
}

/** Exact up to 2^53, of the right magnitude beyond. */
function wholeNumber(text: string, from: number, end: number): number {
  let number = 0;
  for (let at = from; at < end; at++) number = number * 10 + (text.charCodeAt(at) - 0x30);
  return number;
}

/** The digits of a fraction of a unit of so many microseconds, in microseconds, cut off below one. */
function microsOfFraction(text: string, from: number, end: number, microsPerUnit: number): number {
  let micros = 0;
  let scale = microsPerUnit;
  for (let at = from; at < end && scale > 1; at++) {
    micros = micros * 10 + (text.charCodeAt(at) - 0x30);
    scale /= 10;
  }
  return micros * scale;
}

function lengthOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * Days from 1970-01-01 to a date of the proleptic Gregorian calendar. Years are counted from March, so that the leap day is
 * the last of its year (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
 */
function daysBefore(year: number, month: number, dayOfMonth: number): number {
  const y = month > 2 ? year : year - 1;
  const dayOfYear = ((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) | 0;
  return y * 365 + ((y / 4) | 0) - ((y / 100) | 0) + ((y / 400) | 0) + dayOfYear + dayOfMonth - 719_469;
}

/** The date that is so many days after 1970-01-01: the reverse of `daysBefore`. */
function civilDate(day: number): string {
  if (!(day * SECONDS_PER_DAY >= FIRST_SECOND && day * SECONDS_PER_DAY < END_SECOND)) {
    throw new RangeError(`day ${day} after 1970-01-01 is outside the years 1 to 9999`);
  }
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(dayOfMonth).padStart(2, '0')}`;
}
