import { DAY_MS } from '../../support/durations.ts';

const two: readonly string[] = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));
const days = new Map<number, string>();

/** ISO 8601 to whole seconds, without a zone: `2026-01-31T09:05:00`. Some ten times as fast as `Date.toISOString`. */
export function isoSeconds(ms: number): string {
  const day = Math.floor(ms / DAY_MS);
  let date = days.get(day);
  if (date === undefined) {
    date = new Date(day * DAY_MS).toISOString().slice(0, 11);
    if (days.size > 20_000) days.clear();
    days.set(day, date);
  }
  const second = Math.floor((ms - day * DAY_MS) / 1000);
  return `${date}${two[Math.floor(second / 3600)]}:${two[Math.floor(second / 60) % 60]}:${two[second % 60]}`;
}

/** ISO 8601 in UTC to milliseconds: `2026-01-31T09:05:00.042Z`. */
export function isoMs(ms: number): string {
  return `${isoSeconds(ms)}.${String(ms - Math.floor(ms / 1000) * 1000).padStart(3, '0')}Z`;
}

/** ISO 8601 to microseconds with an offset in minutes, as Salesloft renders it elsewhere: `2018-03-13T00:41:41.550510-04:00`. */
export function isoUs(us: number, offsetMinutes: number): string {
  const local = us + offsetMinutes * 60_000_000;
  const fraction = String(local - Math.floor(local / 1_000_000) * 1_000_000).padStart(6, '0');
  return `${isoSeconds(Math.floor(local / 1000))}.${fraction}${zone(offsetMinutes)}`;
}

function zone(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'Z';
  const size = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? '-' : '+'}${two[Math.floor(size / 60)]}:${two[size % 60]}`;
}

/**
 * Epoch microseconds of an ISO 8601 text (without an offset: UTC; digits beyond the sixth are dropped), or of an epoch
 * number in seconds or milliseconds. Undefined for anything else.
 */
export function instantUs(value: unknown): number | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) ? value * (Math.abs(value) > 1e11 ? 1000 : 1e6) : undefined;
  if (typeof value !== 'string') return undefined;
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?)?$/i.exec(value);
  if (!parts) return undefined;
  const ms = Date.parse(`${parts[1]}T${parts[2] ?? '00:00'}${parts[4] ?? 'Z'}`);
  const fraction = Number((parts[3] ?? '').slice(0, 6).padEnd(6, '0'));
  return Number.isNaN(ms) ? undefined : ms * 1000 + fraction;
}
