const LONGEST_RESERVE_MS = 90_000;

/** Of its time a run keeps a quarter to commit what it read, and no more than 90 s. */
export function reserveMs(timeLeftMs: number): number {
  return Math.min(LONGEST_RESERVE_MS, timeLeftMs / 4);
}
