import type { Budget } from '../../engine/source.ts';
import { readWait } from './read-wait.ts';
import type { Headers } from './vendor-now.ts';

/**
 * The budget that `X-RateLimit-Limit`, `-Remaining` and `-Reset` tell. The last of them is epoch seconds with one vendor, epoch
 * milliseconds or the seconds that are left with another.
 */
export function rateLimit(headers: Headers, now: number): Budget | undefined {
  const remaining = wholeNumber(headers['x-ratelimit-remaining']);
  const reset = headers['x-ratelimit-reset']?.trim() ?? '';
  const untilResetMs = readWait(reset, headers, now);
  if (remaining === undefined || untilResetMs === undefined) return undefined;
  const limit = wholeNumber(headers['x-ratelimit-limit']);
  return { remaining, limit, resetsAt: now + untilResetMs };
}

/** A count in a header; undefined where there is none. */
export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text.trim()) ? Number(text) : undefined;
}
