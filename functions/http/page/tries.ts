import type { HttpLimits } from '../transport/limits.ts';

/** Counts the failed tries of one page. */
export interface Tries {
  /** How many have failed so far. */
  failed(): number;
  /**
   * Notes a failed try, and says whether another may follow. `likeness` is equal for failures that are alike;
   * undefined for those that prove nothing by being alike, such as resets.
   */
  fail(likeness: string | undefined): 'again' | 'alike' | 'used-up';
  /** How often the vendor was busy and did not say for how long, which is not among the failed. */
  busy(): number;
  /** Notes that it was, and what is waited for that, ms; false when that is more than a busy vendor is borne. */
  bear(waitMs: number): boolean;
}

/** A page not tried yet. */
export function createTries(limits: Pick<HttpLimits, 'tries' | 'alikeTries' | 'busyMs'>): Tries {
  let failed = 0;
  let busy = 0;
  let busyMs = 0;
  let alike = 0;
  let last: string | undefined;
  return {
    failed: () => failed,
    fail(likeness) {
      failed += 1;
      alike = likeness !== undefined && likeness === last ? alike + 1 : 1;
      last = likeness;
      if (likeness !== undefined && alike >= limits.alikeTries) return 'alike';
      return failed >= limits.tries ? 'used-up' : 'again';
    },
    busy: () => busy,
    bear(waitMs) {
      busy += 1;
      busyMs += waitMs;
      return busyMs <= limits.busyMs;
    },
  };
}
