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

/** Windows that are worked out as they are asked for: a span of years in minutes costs no memory. */
export interface Windows extends Iterable<Span> {
  readonly span: Span;
  /** How many they are. */
  readonly count: number;
}

/** Cuts a span into windows of at most `windowMs` that touch, do not overlap, and never cross midnight, ascending. */
export function cutWindows(span: Span, windowMs: number, growth?: Growth): Windows {
  return windowsOf(span, windowMs, growth, ({ from, to }, length) => {
    const end = Math.min(to, from + length, dayOf(from) + DAY_MS);
    return [
      { from, to: end },
      { from: end, to },
    ];
  });
}

/** Cuts a span into windows measured from its end, so that those of a re-read are the same wherever it goes on; newest first. */
export function cutWindowsBackwards(span: Span, windowMs: number, growth?: Growth): Windows {
  return windowsOf(span, windowMs, growth, ({ from, to }, length) => {
    const begin = Math.max(from, to - length, dayOf(to - 1));
    return [
      { from: begin, to },
      { from, to: begin },
    ];
  });
}

/** Cuts the next window of at most so many ms off a span: the window, and what is left. */
type Cut = (span: Span, length: number) => readonly [Span, Span];

function windowsOf(span: Span, windowMs: number, growth: Growth | undefined, cut: Cut): Windows {
  const lengthOf = (index: number) =>
    growth ? Math.min(growth.mostMs, windowMs * 2 ** Math.floor(index / growth.after)) : windowMs;
  return {
    span,
    get count() {
      const longest = growth?.mostMs ?? windowMs;
      let left = span;
      let grown = 0;
      for (; left.from < left.to && lengthOf(grown) < longest; grown++) left = cut(left, lengthOf(grown))[1];
      return grown + countOfOneLength(left, longest);
    },
    *[Symbol.iterator]() {
      let left = span;
      for (let index = 0; left.from < left.to; index++) {
        const [window, rest] = cut(left, lengthOf(index));
        yield window;
        left = rest;
      }
    },
  };
}

/** Windows of one length are counted day by day: none crosses midnight. */
function countOfOneLength({ from, to }: Span, length: number): number {
  let count = 0;
  for (let at = from; at < to; at = dayOf(at) + DAY_MS) {
    count += Math.ceil((Math.min(to, dayOf(at) + DAY_MS) - at) / length);
  }
  return count;
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
