/** The first backoff is at most this long; each further one twice as long as the one before. */
const BACKOFF_BASE_MS = 500;
/** No backoff of our own is longer. What the vendor asks for is not cut to it. */
const BACKOFF_CAP_MS = 30_000;
/** A busy vendor is not asked again sooner, however the dice fall. */
const SHORTEST_BUSY_MS = 500;

/** What decides how long to wait before the next try. */
export interface RetryMoment {
  /** How many tries have failed before this one: 0 after the first failure. */
  readonly attempt: number;
  /** What the vendor asked for, ms; never shortened. Undefined where it asked for nothing. */
  readonly askedMs: number | undefined;
  /** What the run may still take, ms. */
  readonly leftMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Milliseconds to wait before the next try: what the vendor asked for, else exponential backoff with full jitter, which
 * spreads the clients of one outage best (AWS Architecture Blog, "Exponential Backoff And Jitter").
 * Undefined when the run's time does not reach: stop now, the next run goes on.
 */
export function nextDelayMs(at: RetryMoment): number | undefined {
  const delayMs = at.askedMs ?? backoffMs(at);
  return delayMs < at.leftMs ? delayMs : undefined;
}

/** The same for a vendor that is busy and does not say for how long. */
export function nextBusyDelayMs(at: Omit<RetryMoment, 'askedMs'>): number | undefined {
  return nextDelayMs({ ...at, askedMs: Math.max(SHORTEST_BUSY_MS, backoffMs(at)) });
}

function backoffMs({ attempt, random }: Pick<RetryMoment, 'attempt' | 'random'>): number {
  return Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** attempt) * random();
}
