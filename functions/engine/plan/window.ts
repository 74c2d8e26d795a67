import type { Span } from '../source.ts';

/** Milliseconds of a UTC day. Days have no leap seconds in epoch time. */
export const DAY_MS = 86_400_000;
/** No window is cut smaller than this. */
export const SHORTEST_WINDOW_MS = 60_000;
/** Windows twice as long fit, with room to spare, where so many fitted for each that is read at the same time. */
export const FITTING_WINDOWS = 4;

/** Midnight, UTC, of the day that holds `at`. */
export function dayOf(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS;
}

/**
 * How windows that were made shorter grow along a span: after so many of one length they are twice as long, up to `mostMs`. Where so
 * many fitted, longer ones do, and a long span does not become more windows than any run gets through.
 */
export interface Growth {
  readonly after: number;
  readonly mostMs: number;
}

/** Cuts a span into windows of at most `windowMs` that touch, do not overlap, and never cross midnight, ascending. */
export function cutWindows({ from, to }: Span, windowMs: number, growth?: Growth): Span[] {
  const windows: Span[] = [];
  for (let at = from; at < to; ) {
    const end = Math.min(to, at + lengthOf(windows.length, windowMs, growth), dayOf(at) + DAY_MS);
    windows.push({ from: at, to: end });
    at = end;
  }
  return windows;
}

/** Cuts a span into windows measured from its end, so that those of a re-read are the same wherever it goes on; newest first. */
export function cutWindowsBackwards({ from, to }: Span, windowMs: number, growth?: Growth): Span[] {
  const windows: Span[] = [];
  for (let at = to; at > from; ) {
    const begin = Math.max(from, at - lengthOf(windows.length, windowMs, growth), dayOf(at - 1));
    windows.push({ from: begin, to: at });
    at = begin;
  }
  return windows;
}

function lengthOf(index: number, windowMs: number, growth: Growth | undefined): number {
  return growth ? Math.min(growth.mostMs, windowMs * 2 ** Math.floor(index / growth.after)) : windowMs;
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
