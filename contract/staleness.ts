/** How often the watch of a deployment reads the checkpoints, ms: the resolution of everything that alarms know of age. */
export const WATCH_PERIOD_MS = 15 * 60_000;

/**
 * How old what a stream has read may grow, ms, before it is late: for its alarm and for `convlake status`. Three turns of its schedule,
 * of which one may be lost and one may take its time, what a run stays behind now by itself, and two looks of the watch.
 */
export function staleAfterMs({ everyMs, settleMs }: { readonly everyMs: number; readonly settleMs: number }): number {
  return 3 * everyMs + settleMs + 2 * WATCH_PERIOD_MS;
}
