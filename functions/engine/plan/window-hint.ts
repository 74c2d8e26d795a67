import type { Checkpoint } from '../checkpoint.ts';
import type { StreamSettings } from '../settings.ts';
import { SHORTEST_WINDOW_MS } from './window.ts';

/** What a run has found out about how long its windows may be. */
export interface WindowFindings {
  /** The window that was in force, ms. */
  readonly windowMs: number;
  /** The configured one, which no window outgrows, ms. */
  readonly mostMs: number;
  /** True when the run was cut short in its first window: nothing moves before that is done, whatever others managed. */
  readonly stuck: boolean;
  /** The shortest window on which the vendor refused its own cursor, ms; undefined for none. */
  readonly refusedMs: number | undefined;
  /** True when the run ended within its time, or got through several windows. */
  readonly fits: boolean;
}

/**
 * The window that the next run begins with, ms; undefined for the configured one. One that did not fit comes back at half the size, or
 * at half of the longer ones that had grown and were refused; it grows again where windows fit.
 */
export function windowHintMs({ windowMs, mostMs, stuck, refusedMs, fits }: WindowFindings): number | undefined {
  const tooLongMs = stuck ? windowMs : refusedMs && Math.max(refusedMs, windowMs);
  const hintMs = tooLongMs ? halfOf(tooLongMs) : fits ? windowMs * 2 : windowMs;
  return hintMs >= mostMs ? undefined : hintMs;
}

/** The checkpoint with half the window: what a run was killed over may have been more than it could hold. */
export function withHalfTheWindow(checkpoint: Checkpoint, { windowMs }: Pick<StreamSettings, 'windowMs'>): Checkpoint {
  return { ...checkpoint, window: halfOf(Math.min(windowMs, checkpoint.window ?? Number.POSITIVE_INFINITY)) };
}

/** On a whole second, and no shorter than the shortest window. */
function halfOf(windowMs: number): number {
  return Math.max(SHORTEST_WINDOW_MS, Math.floor(windowMs / 2000) * 1000);
}
