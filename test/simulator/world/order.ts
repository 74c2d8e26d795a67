import type { RowKind } from '../rows/row-kind.ts';
import type { Overlay, OverlayEntry } from './overlay.ts';
import type { Timeline } from './timeline.ts';

/** A row's place in the live order. Times are epoch microseconds. */
export interface Ref {
  /** What the order sorts by. */
  readonly us: number;
  readonly tie: number;
  readonly entry: OverlayEntry | undefined;
}

/** A place in an order; ascending walks begin after it, descending ones before it. */
export interface OrderPosition {
  readonly us: number;
  readonly tie: number;
}

/** Everything that decides which rows there are: the generated ones, what was done to them, and the clock. */
export interface WorldView {
  readonly kind: RowKind;
  readonly timeline: Timeline;
  readonly life: RowLife;
  readonly overlay: Overlay;
  /** Generated rows before this ordinal do not exist. */
  readonly firstOrdinal: number;
  readonly nowMs: number;
}

/** How generated rows come to be and change. */
export interface RowLife {
  /** How long after its creation a row changes, ascending; 0 is the creation. Empty steps beyond it: rows without versions. */
  readonly stepsUs: readonly number[];
  /** Whether the row takes that step. Every row takes step 0. */
  takes(ordinal: number, step: number): boolean;
  /** How long after it began a row shows up, and the longest such time. */
  lagUs(ordinal: number): number;
  longestLagUs(): number;
}

export type SortBy = 'time' | 'version';

interface Lane {
  head: Ref | undefined;
  advance(): void;
}

/** The version that a generated row has at the view's clock; undefined while it is not there yet. */
export function versionOf(view: WorldView, ordinal: number): number | undefined {
  const atUs = view.timeline.atUs(ordinal);
  const nowUs = view.nowMs * 1000;
  if (atUs > nowUs || ordinal < view.firstOrdinal || atUs + view.life.lagUs(ordinal) > nowUs) return undefined;
  const { stepsUs } = view.life;
  for (let step = stepsUs.length - 1; step > 0; step--) {
    const delayUs = stepsUs[step] ?? 0;
    if (atUs + delayUs <= nowUs && view.life.takes(ordinal, step)) return atUs + delayUs;
  }
  return atUs;
}

/**
 * Rows whose last step so far is this one, in order. Because every row takes a step at the same age, these are the generated
 * rows in their own order, and a place among them is found by arithmetic.
 */
function generatedLane(
  view: WorldView,
  delayUs: number,
  sortBy: SortBy,
  ascending: boolean,
  after: OrderPosition,
): Lane {
  const { timeline, overlay, firstOrdinal } = view;
  const nowUs = view.nowMs * 1000;
  const way = ascending ? 1 : -1;
  const lane: Lane = { head: undefined, advance };
  let ordinal = startOrdinal();

  function startOrdinal(): number {
    if (ascending)
      return Math.max(firstOrdinal, after.us === -Infinity ? 0 : timeline.firstAtOrAfter(after.us - delayUs));
    return timeline.firstAtOrAfter(Math.min(after.us, nowUs) - delayUs + 1) - 1;
  }
  function advance(): void {
    for (; ordinal >= firstOrdinal; ordinal += way) {
      const us = timeline.atUs(ordinal) + delayUs;
      if (us > nowUs) {
        if (ascending) break;
        continue;
      }
      if (us === after.us && (ascending ? ordinal <= after.tie : ordinal >= after.tie)) continue;
      if (overlay.hidden.has(ordinal)) continue;
      if (sortBy === 'version' ? versionOf(view, ordinal) !== us : us + view.life.lagUs(ordinal) > nowUs) continue;
      lane.head = { us, tie: ordinal, entry: undefined };
      ordinal += way;
      return;
    }
    lane.head = undefined;
  }
  advance();
  return lane;
}

function entryLane(
  sorted: readonly OverlayEntry[],
  usOf: (entry: OverlayEntry) => number,
  ascending: boolean,
  after: OrderPosition,
): Lane {
  const way = ascending ? 1 : -1;
  const lane: Lane = { head: undefined, advance };
  let index = firstBehind(sorted, usOf, after, ascending);
  function advance(): void {
    const entry = sorted[index];
    lane.head = entry && { us: usOf(entry), tie: entry.tie, entry };
    index += way;
  }
  advance();
  return lane;
}

/** Ascending: the first index behind the place. Descending: the last index before it. */
function firstBehind(
  sorted: readonly OverlayEntry[],
  usOf: (entry: OverlayEntry) => number,
  place: OrderPosition,
  ascending: boolean,
): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = sorted[middle];
    if (!entry) break;
    const difference = usOf(entry) - place.us || entry.tie - place.tie;
    if (ascending ? difference <= 0 : difference < 0) low = middle + 1;
    else high = middle;
  }
  return ascending ? low : low - 1;
}

/** The rows behind a place, one after the other. Nothing is sorted or counted beforehand, so that the millionth is as near as the first. */
export function* inOrder(
  view: WorldView,
  sortBy: SortBy,
  direction: 'asc' | 'desc',
  after: OrderPosition,
): Generator<Ref> {
  const ascending = direction === 'asc';
  const delays = sortBy === 'version' ? view.life.stepsUs : [0];
  const lanes = delays.map((delayUs) => generatedLane(view, delayUs, sortBy, ascending, after));
  lanes.push(
    sortBy === 'version'
      ? entryLane(view.overlay.byVersion(), (entry) => entry.versionUs, ascending, after)
      : entryLane(view.overlay.byTime(), (entry) => entry.atUs, ascending, after),
  );
  for (;;) {
    let next: Lane | undefined;
    for (const lane of lanes)
      if (lane.head && (!next?.head || goesBefore(lane.head, next.head, ascending))) next = lane;
    if (!next?.head) return;
    yield next.head;
    next.advance();
  }
}

function goesBefore(a: Ref, b: Ref, ascending: boolean): boolean {
  const difference = a.us - b.us || a.tie - b.tie;
  return ascending ? difference < 0 : difference > 0;
}

/** How many rows begin in `[fromUs, toUs)`. Work grows with the rows that show up late, not with the span. */
export function countInSpan(view: WorldView, fromUs: number, toUs: number): number {
  const nowUs = view.nowMs * 1000;
  const { timeline, life, overlay } = view;
  const first = Math.max(view.firstOrdinal, timeline.firstAtOrAfter(fromUs));
  const last = Math.max(first, timeline.firstAtOrAfter(Math.min(toUs, nowUs + 1)));
  let count = last - first - countBetween(overlay.hiddenSorted(), first, last);
  const longestLagUs = life.longestLagUs();
  if (longestLagUs > 0) {
    for (let ordinal = Math.max(first, timeline.firstAtOrAfter(nowUs - longestLagUs)); ordinal < last; ordinal++) {
      if (timeline.atUs(ordinal) + life.lagUs(ordinal) > nowUs && !overlay.hidden.has(ordinal)) count--;
    }
  }
  const entries = overlay.byTime();
  const placeOf = (us: number) => firstBehind(entries, (entry) => entry.atUs, { us, tie: -1 }, true);
  return count + placeOf(toUs) - placeOf(fromUs);
}

function countBetween(sorted: Float64Array, from: number, to: number): number {
  const below = (bound: number) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] ?? 0) < bound) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return below(to) - below(from);
}
