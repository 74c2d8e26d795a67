import { dateOf, type Headers } from '../../sources/headers/vendor-now.ts';

/** What the vendor's responses say of its own clock. */
export interface VendorClock {
  /** Takes note of the headers of a response that is received at `now`. */
  heard(headers: Headers, now: number): void;
  /** The latest instant that a response was made at, epoch ms; undefined while none has told. */
  latest(): number | undefined;
}

/** A clock that was not heard yet. */
export function createVendorClock(): VendorClock {
  let latest: number | undefined;
  return {
    heard(headers, now) {
      const at = dateOf(headers, now);
      if (at !== undefined) latest = Math.max(latest ?? at, at);
    },
    latest: () => latest,
  };
}
