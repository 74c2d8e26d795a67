import { isClockAhead } from '../checkpoint/clock-ahead.ts';
import type { Checkpoint, Reread } from '../checkpoint.ts';
import type { StreamSettings } from '../settings.ts';
import type { Bookmark, Span } from '../source.ts';
import { latestDailyInstant } from './daily.ts';
import { firstWatermark, historyLeft } from './history.ts';
import { cutWindows, cutWindowsBackwards, FITTING_WINDOWS, type Growth, type Windows } from './window.ts';

/** What a run will read, in the order of reading: first what is new, then what is read again, then what is left of the history. */
export interface Plan {
  /** What is new: windows, ascending; or one walk by version. */
  readonly fresh: Tasks;
  /** The re-read that goes on or begins in this run. */
  readonly reread: { readonly state: Reread; readonly tasks: Tasks } | undefined;
  /** What is left of the history: windows by the rows' own time, whatever the stream is read by. */
  readonly history: Tasks | undefined;
  /** The latest daily instant, to be kept once a deep re-read has begun (or on a first load, which owes none). */
  readonly deep: number;
  /** The window in force, ms. */
  readonly windowMs: number;
  readonly watermark: number;
  /** Where what is new ends: `now - settle`, on a whole second. */
  readonly end: number;
}

/** A span to be read in one walk. */
export interface Task extends Span {
  readonly kind: 'new' | 're-read' | 'revisit' | 'history';
  /** Where a walk by version goes on. */
  readonly bookmark?: Bookmark;
}

/** Tasks of one kind that cover a span without a gap, worked out as they are asked for: what is new ascending, else newest first. */
export interface Tasks extends Iterable<Task> {
  readonly kind: Task['kind'];
  readonly span: Span;
  /** How many they are. */
  readonly count: number;
}

/** Plans a run: a pure function of checkpoint, configuration and clock (`now`, epoch ms). */
export function planRun(checkpoint: Checkpoint | undefined, settings: StreamSettings, now: number): Plan {
  const watermark = checkpoint?.watermark ?? firstWatermark(settings, now);
  const end = wholeSecond(now - settings.settleMs);
  const windowMs = Math.min(settings.windowMs, checkpoint?.window ?? Number.POSITIVE_INFINITY);
  const deep = latestDailyInstant(settings.deep.at, settings.timeZone, now);
  const byVersion = settings.definition.readBy === 'version';
  const state =
    checkpoint && asFarAsAsked(checkpoint.reread ?? dueReread(checkpoint, settings, deep, now), checkpoint, settings);
  const reread = state && {
    state,
    tasks: byVersion ? rereadWalk(state) : rereadWindows(state, windowMs, growthOf(settings)),
  };
  const fresh = byVersion
    ? freshWalk(checkpoint, settings, { from: watermark, to: end })
    : windowTasks('new', cutWindows({ from: watermark, to: end }, windowMs, growthOf(settings)));
  const left = historyLeft(checkpoint, settings, watermark);
  const history = left && windowTasks('history', cutWindowsBackwards(left, windowMs, growthOf(settings)));
  return { fresh, reread, history, deep, windowMs, watermark, end };
}

/**
 * A re-read begins from the lookback before the watermark at which the last finished one began, so that an outage leaves no
 * hole between the two, and ends at the present watermark. It never reaches back before `start`.
 */
function dueReread(
  checkpoint: Checkpoint,
  settings: StreamSettings,
  deepInstant: number,
  now: number,
): Reread | undefined {
  const { rereadFrom, watermark, deep: lastDeep } = checkpoint;
  if (rereadFrom === undefined) return undefined;
  // After a rewind, what a clock that was ahead has noted would keep re-reads from being due until then.
  const deep = lastDeep === undefined || deepInstant > lastDeep || isClockAhead(lastDeep, now);
  const readFrom = isClockAhead(rereadFrom, now) ? watermark : rereadFrom;
  // A walk by version covers the ordinary lookback itself; only the deep one is separate.
  if (!deep && settings.definition.readBy === 'version') return undefined;
  const lookbackMs = deep ? Math.max(settings.deep.lookbackMs, settings.lookbackMs) : settings.lookbackMs;
  if (lookbackMs === 0) return undefined;
  const from = Math.max(settings.startMs, wholeSecond(readFrom - lookbackMs));
  return from < watermark ? { from, to: watermark, deep, place: watermark } : undefined;
}

/**
 * The re-read with which the caller's lookback is covered. One that reaches as far already goes on where it is, so that asking
 * again and again in short runs gets to its end; a farther one takes it in, and begins at the watermark.
 */
function asFarAsAsked(
  reread: Reread | undefined,
  { watermark }: Checkpoint,
  { askedLookbackMs, startMs, definition }: StreamSettings,
): Reread | undefined {
  // A walk by version begins at the lookback itself.
  if (askedLookbackMs === undefined || definition.readBy === 'version') return reread;
  const from = Math.max(startMs, wholeSecond(watermark - askedLookbackMs));
  if (from >= Math.min(watermark, reread?.from ?? watermark)) return reread;
  return { from, to: watermark, deep: reread?.deep ?? false, place: watermark };
}

/** Windows that trouble made shorter grow again within the run. */
export function growthOf({ concurrency, windowMs }: Pick<StreamSettings, 'concurrency' | 'windowMs'>): Growth {
  return { after: FITTING_WINDOWS * concurrency, mostMs: windowMs };
}

/** Windows as tasks. */
export function windowTasks(kind: Task['kind'], windows: Windows): Tasks {
  return {
    kind,
    span: windows.span,
    get count() {
      return windows.count;
    },
    *[Symbol.iterator]() {
      for (const { from, to } of windows) yield { from, to, kind };
    },
  };
}

/** No tasks at all, at an instant. */
export function noTasks(kind: Task['kind'], at: number): Tasks {
  return { kind, span: { from: at, to: at }, count: 0, [Symbol.iterator]: () => [][Symbol.iterator]() };
}

function oneTask(task: Task): Tasks {
  return { kind: task.kind, span: task, count: 1, [Symbol.iterator]: () => [task][Symbol.iterator]() };
}

function rereadWindows({ from, place }: Reread, windowMs: number, growth: Growth): Tasks {
  return windowTasks('re-read', cutWindowsBackwards({ from, to: place }, windowMs, growth));
}

function rereadWalk({ from, to, walk }: Reread): Tasks {
  return oneTask({ from, to, kind: 're-read', ...(walk ? { bookmark: walk } : {}) });
}

/**
 * One walk from the lookback before the watermark, or before the newest version seen if that is older: a vendor that returns
 * nothing for an hour so loses no row. A walk that was cut short goes on where it was.
 */
function freshWalk(checkpoint: Checkpoint | undefined, settings: StreamSettings, ends: Span): Tasks {
  const from = checkpoint ? walkBegin(checkpoint, settings) : ends.from;
  if (from >= ends.to) return noTasks('new', from);
  return oneTask({ from, to: ends.to, kind: 'new', ...(checkpoint?.walk ? { bookmark: checkpoint.walk } : {}) });
}

function walkBegin(checkpoint: Checkpoint, { startMs, lookbackMs }: StreamSettings): number {
  // Nothing seen yet: walking from the start costs one request while there is nothing, and finds it all once there is.
  if (checkpoint.seen === undefined) return startMs;
  const { watermark, seen, owed } = checkpoint;
  const behind = Math.min(watermark, seen) - lookbackMs;
  return Math.max(startMs, wholeSecond(Math.min(behind, owed ?? behind)));
}

function wholeSecond(at: number): number {
  return Math.floor(at / 1000) * 1000;
}
