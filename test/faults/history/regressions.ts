/** A history that once broke the promise. */
export interface Regression {
  readonly seed: number;
  /** What was wrong. */
  readonly why: string;
}

/** Histories that are lived by every test run. */
export const regressions: readonly Regression[] = [
  {
    seed: 1085,
    why: 'kills in a row left minute windows, and an outage of months more of them than any run got through',
  },
  { seed: 6990, why: 'a first load that stood still for days owed no re-read of what had been fresh when it was read' },
];
