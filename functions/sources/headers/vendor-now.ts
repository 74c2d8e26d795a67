import { readDate } from './read-date.ts';

/** A response's headers; names are lower case. */
export type Headers = Readonly<Record<string, string>>;

/**
 * When a response was made that is received at `now`, epoch ms: its `Date` header, whole seconds cut off. Undefined where there is none,
 * or where a cache between us kept the response for a while: it tells when the cache was given it, which may be long ago (RFC 9111, 5.1).
 */
export function dateOf(headers: Headers, now: number): number | undefined {
  return headers['age'] === undefined ? readDate(headers['date']?.trim() ?? '', now) : undefined;
}

/** What the vendor's clock showed when it wrote a response that is received at `now`; our own clock where it does not tell. */
export function vendorNow(headers: Headers, now: number): number {
  return dateOf(headers, now) ?? now;
}
