import type { Patience } from '../engine/ports.ts';

/** A call of SSM, made again while SSM asks to slow down and the patience lasts. */
export type CallSsm = <T>(call: () => Promise<T>, patience?: Patience) => Promise<T>;

/** What waiting for SSM takes. */
export interface SsmWaiting {
  readonly sleep: (ms: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** How much longer the caller can wait at all, ms. */
  readonly leftMs: () => number;
}

/** A first wait of up to a second, which is what a bucket of a few calls a second needs to fill; later ones up to sixteen. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 16_000;
/** What a write that nothing depends on may wait. */
const BRIEFLY_MS = 5_000;
/** Longer than all runs of one minute take together: then something else is wrong. */
const MOST_WAITS_MS = 15 * 60_000;

/**
 * Waits out the throttling of SSM. An AWS account grants a few writes a second to all its programs together, so those of hundreds of runs
 * that begin in one minute take minutes: far longer than the few tries of the SDK last. Only throttling is waited out here, and only here;
 * the SDK tries again after other trouble (`openSsm`).
 */
export function waitForSsm({ sleep, random, leftMs }: SsmWaiting): CallSsm {
  return async (call, patience) => {
    let patienceMs = patience === 'brief' ? BRIEFLY_MS : MOST_WAITS_MS;
    for (let tries = 0; ; tries++) {
      try {
        return await call();
      } catch (error) {
        const waitMs = random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
        patienceMs -= waitMs;
        if (!isThrottling(error) || patienceMs < 0 || waitMs > leftMs()) throw error;
        await sleep(waitMs);
      }
    }
  };
}

/** True when SSM asks to slow down: the account's rate is used up, or another write of the parameter is under way. */
export function isThrottling(error: unknown): boolean {
  return error instanceof Error && /Throttl|TooManyUpdates|TooManyRequests|RequestLimitExceeded/.test(error.name);
}
