import type { PageRequest } from '../../engine/source.ts';
import type { HttpLimits } from '../transport/limits.ts';

/** What is known of a failed try. */
export interface FailedTry {
  /** Equal for failures that are alike; undefined for those that prove nothing by being alike, such as resets. */
  readonly likeness?: string | undefined;
  /** Whether it tells of the request, as a response of the vendor's does, and not of the way there alone. */
  readonly ofRequest: boolean;
}

/** Counts the failed tries of one page. */
export interface Tries {
  /** How many may fail, as far as is known by now. */
  most(): number;
  /** How many have failed so far. */
  failed(): number;
  /** Notes a failed try, and says whether another may follow. */
  fail(failed: FailedTry): 'again' | 'alike' | 'used-up';
  /** How often the vendor was busy and did not say for how long, which is not among the failed. */
  busy(): number;
  /** Notes that it was, and what is waited for that, ms; false when that is more than a busy vendor is borne. */
  bear(waitMs: number): boolean;
}

/**
 * A page not tried yet. What is about one row is given up sooner, and never for proof that the stream is set up wrongly: others may go well.
 * A way that is broken for a moment says nothing of the row.
 */
export function createTries(
  limits: Pick<HttpLimits, 'tries' | 'rowTries' | 'alikeTries' | 'busyMs'>,
  { about }: Pick<PageRequest, 'about'>,
): Tries {
  const isOfRow = about !== undefined;
  let failed = 0;
  let ofRequest = 0;
  let busy = 0;
  let busyMs = 0;
  let alike = 0;
  let last: string | undefined;
  return {
    most: () => (isOfRow && ofRequest === failed ? limits.rowTries : limits.tries),
    failed: () => failed,
    fail(tried) {
      failed += 1;
      ofRequest += tried.ofRequest ? 1 : 0;
      alike = tried.likeness !== undefined && tried.likeness === last ? alike + 1 : 1;
      last = tried.likeness;
      if (isOfRow) return ofRequest >= limits.rowTries || failed >= limits.tries ? 'used-up' : 'again';
      if (tried.likeness !== undefined && alike >= limits.alikeTries) return 'alike';
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
