import { readDate } from './read-date.ts';

/** A response's headers; names are lower case. */
export type Headers = Readonly<Record<string, string>>;

/**
 * What the vendor's clock showed when it wrote a response that is received at `now`, epoch ms: its `Date` header, whole seconds cut off.
 * Our own clock where there is none, or where a cache between us kept the response for a while.
 */
export function vendorNow(headers: Headers, now: number): number {
  if (headers['age'] !== undefined) return now;
  return readDate(headers['date']?.trim() ?? '', now) ?? now;
}
