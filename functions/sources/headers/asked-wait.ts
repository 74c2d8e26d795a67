import { readWait } from './read-wait.ts';
import type { Headers } from './vendor-now.ts';

/** A wait that is named and not understood lasts so long: never a short one, which the vendor may hold against the credential. */
const UNKNOWN_WAIT_MS = 5 * 60_000;
/** As long as any header that tells a budget. */
const LONGEST_DRAFT = 1000;

const IN_MS = ['retry-after-ms', 'x-ms-retry-after-ms'];
/** Names under which vendors tell when their budget is full again, be it an instant or a time from now. */
const RESETS = [
  'ratelimit-reset',
  'x-ratelimit-reset',
  'x-ratelimit-reset-after',
  'x-rate-limit-reset',
  'x-rate-limit-reset-after',
];
const REMAININGS = ['ratelimit-remaining', 'x-ratelimit-remaining', 'x-rate-limit-remaining'];

/**
 * The wait that the headers of a 429 or 503 name, ms, whoever the vendor is. Undefined where they name none: a wait of nothing, or one
 * that is over already, would let the same refusal come back without end.
 */
export function askedWaitMs(headers: Headers, now: number): number | undefined {
  const asked = retryAfterMs(headers, now);
  if (asked !== undefined) return asked;
  const untilReset = untilResetMs(headers, now);
  return untilReset > 0 ? untilReset : undefined;
}

/** The wait that headers of the family of Retry-After name: all that counts for a refusal which is not about a budget. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const inMs = Math.ceil(Number(textOf(headers, IN_MS, /^\d+(?:\.\d+)?$/) ?? 0));
  const asked = inMs > 0 ? inMs : namedMs(headers, 'retry-after', now);
  return asked > 0 ? asked : undefined;
}

/** Until the latest reset, unless the budget that is reset is not the one that was used up; 0 where none is named. */
function untilResetMs(headers: Headers, now: number): number {
  const remaining = textOf(headers, REMAININGS, /^\d+$/);
  if (remaining !== undefined && Number(remaining) > 0) return 0;
  return Math.max(...RESETS.map((name) => namedMs(headers, name, now)), draftMs(headers['ratelimit'] ?? ''));
}

/** The reset of a `RateLimit` header in the forms of its drafts: `limit=10, remaining=0, reset=5`, and `"minute";r=0;t=5`. */
function draftMs(text: string): number {
  if (text.length > LONGEST_DRAFT) return 0;
  const items = /\breset=/.test(text) ? [text] : text.split(',');
  const waits = items.map((item) => {
    const remaining = /\b(?:remaining|r)=(\d+)/.exec(item)?.[1];
    const reset = /\b(?:reset|t)=(\d+)/.exec(item)?.[1];
    return Number(remaining ?? 0) === 0 ? Number(reset ?? 0) * 1000 : 0;
  });
  return Math.max(...waits);
}

function namedMs(headers: Headers, name: string, now: number): number {
  const text = headers[name]?.trim() ?? '';
  return text === '' ? 0 : (readWait(text, headers, now) ?? UNKNOWN_WAIT_MS);
}

function textOf(headers: Headers, names: readonly string[], form: RegExp): string | undefined {
  return names.map((name) => headers[name]?.trim() ?? '').find((text) => form.test(text));
}
