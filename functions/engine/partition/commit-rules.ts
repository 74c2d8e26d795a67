/** What happens to a row that was read when its key is known already. */
export type Verdict = 'same' | 'wins' | 'loses' | 'undecided';

/** The best known row of a key. */
export interface Incumbent {
  /** True when its bytes are those of the row that was read. */
  readonly same: boolean;
  readonly version: number | undefined;
  /** True when this run read these very bytes and keeps or committed them; false when they were found in the object. */
  readonly ours: boolean;
  /** The tick of the last request of this run that returned the key; 0 for none. */
  readonly readAt: number;
}

/** A row that was read. */
export interface Challenger {
  readonly version: number | undefined;
  /** The tick of the request that returned it. */
  readonly readAt: number;
  /** The tick at which its walk began. */
  readonly walkBegan: number;
}

/**
 * Decides between two rows of one key. The newer version stays. Of equal versions, or none, two readings of one run are told
 * apart by the order of their requests. Against a row that another run wrote, a reading counts as newer only if its walk began
 * after the object's tag was taken (`tagTaken`): then everything in the object had been read before. Else nobody can say which
 * is newer: what is there stays, and the window is read again.
 */
export function judge(incumbent: Incumbent, challenger: Challenger, tagTaken: number): Verdict {
  if (incumbent.same) return 'same';
  const newer = compareVersions(challenger.version, incumbent.version);
  if (newer !== 0) return newer > 0 ? 'wins' : 'loses';
  if (incumbent.readAt > challenger.readAt) return 'loses';
  if (incumbent.ours) return 'wins';
  return challenger.walkBegan > tagTaken ? 'wins' : 'undecided';
}

/** Negative, zero or positive as `a` is older than, equal to or newer than `b`; a row without a version is older than any with one. */
export function compareVersions(a: number | undefined, b: number | undefined): number {
  return (a ?? Number.NEGATIVE_INFINITY) === (b ?? Number.NEGATIVE_INFINITY)
    ? 0
    : (a ?? Number.NEGATIVE_INFINITY) - (b ?? Number.NEGATIVE_INFINITY);
}
