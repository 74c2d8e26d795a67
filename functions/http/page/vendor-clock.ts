const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** What the vendor's responses say of its own clock. */
export interface VendorClock {
  /** Takes note of a response's headers, whose names are lower case. */
  heard(headers: Readonly<Record<string, string>>): void;
  /** The latest instant that a response was made at, epoch ms; undefined while none has told. */
  latest(): number | undefined;
}

/** A clock that was not heard yet. */
export function createVendorClock(): VendorClock {
  let latest: number | undefined;
  return {
    heard({ date = '', age }) {
      // A cache tells when it was given the response, which may be long ago (RFC 9111, 5.1).
      if (age !== undefined || !IMF_FIXDATE.test(date)) return;
      const at = Date.parse(date);
      if (!Number.isNaN(at)) latest = Math.max(latest ?? at, at);
    },
    latest: () => latest,
  };
}
