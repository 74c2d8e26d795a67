import type { Span } from './source.ts';

/** Milliseconds of a UTC day. Days have no leap seconds in epoch time. */
export const DAY_MS = 86_400_000;
/** No window is cut smaller than this. */
export const SHORTEST_WINDOW_MS = 60_000;

/** Midnight, UTC, of the day that holds `at`. */
export function dayOf(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS;
}

/** Cuts a span into windows of at most `windowMs` that touch, do not overlap, and never cross midnight, ascending. */
export function cutWindows({ from, to }: Span, windowMs: number): Span[] {
  const windows: Span[] = [];
  for (let at = from; at < to; ) {
    const end = Math.min(to, at + windowMs, dayOf(at) + DAY_MS);
    windows.push({ from: at, to: end });
    at = end;
  }
  return windows;
}

/** Cuts a span into windows measured from its end, so that those of a re-read are the same wherever it goes on; newest first. */
export function cutWindowsBackwards({ from, to }: Span, windowMs: number): Span[] {
  const windows: Span[] = [];
  for (let at = to; at > from; ) {
    const begin = Math.max(from, at - windowMs, dayOf(at - 1));
    windows.push({ from: begin, to: at });
    at = begin;
  }
  return windows;
}

/** The two halves of a window on a whole second; undefined when they would be shorter than the shortest window. */
export function halves({ from, to }: Span): readonly [Span, Span] | undefined {
  const middle = from + Math.floor((to - from) / 2000) * 1000;
  if (middle - from < SHORTEST_WINDOW_MS || to - middle < SHORTEST_WINDOW_MS) return undefined;
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}
