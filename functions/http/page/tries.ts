/** Counts the failed tries of one page. */
export interface Tries {
  /** How many have failed so far. */
  failed(): number;
  /**
   * Notes a failed try, and says whether another may follow. `likeness` is equal for failures that are alike;
   * undefined for those that prove nothing by being alike, such as resets.
   */
  fail(likeness: string | undefined): 'again' | 'alike' | 'used-up';
}

/** A page not tried yet. */
export function createTries(limits: { readonly tries: number; readonly alikeTries: number }): Tries {
  let failed = 0;
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
  };
}
