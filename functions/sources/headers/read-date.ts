const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAY = '(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\\s*)?';
const MONTH = `(?<month>${MONTHS.join('|')})[a-z]*`;
const TIME = '(?<hour>\\d{1,2}):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:\\.(?<fraction>\\d{1,9}))?)?';

/** Hours that the zones of RFC 822 are ahead of UTC; other names mean different things in different places. */
const ZONE_HOURS: Readonly<Record<string, number>> = {
  ...{ z: 0, gmt: 0, utc: 0, ut: 0 },
  ...{ est: -5, edt: -4, cst: -6, cdt: -5, mst: -7, mdt: -6, pst: -8, pdt: -7 },
};
const ZONE = `(?<zone>${Object.keys(ZONE_HOURS).join('|')})?\\s*(?<offset>[+-]\\d\\d(?::?\\d\\d)?)?(?:\\s*\\([^()]*\\))?`;

/**
 * The forms of RFC 9110, 5.6.7 (IMF-fixdate, RFC 850, asctime), the ISO 8601 that programs send in their place, and what JavaScript's
 * `Date` prints.
 */
const FORMS = [
  new RegExp(`^${WEEKDAY}(?<day>\\d{1,2})[ -]${MONTH}[ -](?<year>\\d{4}|\\d\\d),?\\s+${TIME}\\s*${ZONE}$`, 'i'),
  new RegExp(`^${WEEKDAY}${MONTH}\\s+(?<day>\\d{1,2}),?\\s+(?<year>\\d{4}),?\\s+${TIME}\\s*${ZONE}$`, 'i'),
  new RegExp(`^(?<year>\\d{4})-(?<monthNumber>\\d\\d)-(?<day>\\d\\d)[t ]${TIME}\\s*${ZONE}$`, 'i'),
];
const ASCTIME = new RegExp(`^${WEEKDAY}${MONTH}\\s+(?<day>\\d{1,2})\\s+${TIME}\\s+(?<year>\\d{4})$`, 'i');

type Parts = Readonly<Record<string, string | undefined>>;

/**
 * Epoch ms of a date in a header. Undefined for other text, for days and times that do not exist, and for a time without a zone, which
 * may be hours from what it seems to be; asctime alone is UTC by definition.
 */
export function readDate(text: string, now: number): number | undefined {
  const asctime = ASCTIME.exec(text)?.groups;
  if (asctime) return instantOf(asctime, 0, now);
  const parts = FORMS.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  const offsetMinutes = parts && minutesAhead(parts);
  return parts && offsetMinutes !== undefined ? instantOf(parts, offsetMinutes, now) : undefined;
}

function minutesAhead({ zone, offset }: Parts): number | undefined {
  if (zone === undefined && offset === undefined) return undefined;
  const hours = ZONE_HOURS[zone?.toLowerCase() ?? 'utc'] ?? 0;
  const digits = /^([+-])(\d\d):?(\d\d)?$/.exec(offset ?? '+00');
  const minutes = Number(digits?.[2]) * 60 + Number(digits?.[3] ?? 0);
  return hours * 60 + (digits?.[1] === '-' ? -minutes : minutes);
}

function instantOf(parts: Parts, offsetMinutes: number, now: number): number | undefined {
  const day = Number(parts['day']);
  const month = parts['monthNumber'] ? Number(parts['monthNumber']) - 1 : monthIndex(parts['month']);
  const [hour, minute, second] = [Number(parts['hour']), Number(parts['minute']), Number(parts['second'] ?? 0)];
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const midnight = new Date(Date.UTC(fullYear(parts['year'] ?? '', now), month, day));
  if (midnight.getUTCDate() !== day || midnight.getUTCMonth() !== month) return undefined;
  const seconds = Number(`${(hour * 60 + minute) * 60 + second}.${parts['fraction'] ?? 0}`);
  return midnight.getTime() + Math.ceil(seconds * 1000) - offsetMinutes * 60_000;
}

function monthIndex(name = ''): number {
  return MONTHS.indexOf(name.toLowerCase());
}

/** A year of two digits is the latest one that ends so and is not more than 50 years ahead (RFC 9110, 5.6.7). */
function fullYear(digits: string, now: number): number {
  if (digits.length === 4) return Number(digits);
  const latest = new Date(now).getUTCFullYear() + 50;
  return latest - ((latest - Number(digits)) % 100);
}
