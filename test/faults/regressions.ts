/** A history that once broke the promise. */
export interface Regression {
  readonly seed: number;
  /** What was wrong. */
  readonly why: string;
}

/** Histories that are lived by every test run. */
export const regressions: readonly Regression[] = [
  { seed: 9, why: 'windows halved by a lake that did not answer grew back only with a run that finished everything' },
  { seed: 40, why: 'windows halved by a lake that did not answer grew back only with a run that finished everything' },
];
