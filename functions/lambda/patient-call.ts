import { type CallSsm, waitForSsm } from '../checkpoints/ssm-patience.ts';
import type { Time } from '../wiring/run-clock.ts';

/** Time and chance, as waiting takes them. */
export interface SsmHost {
  readonly time: Time;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What is left for the run's report and for its end when its last checkpoint has been waited for. */
const END_MS = 5_000;

/** Calls that wait for SSM as long as the invocation lasts, less what its end takes. */
export function patientCall({ time, random }: SsmHost, remainingMs: () => number): CallSsm {
  return waitForSsm({ sleep: (ms) => time.sleep(ms), random, leftMs: () => remainingMs() - END_MS });
}
