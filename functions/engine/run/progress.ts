import type { Checkpoint, Reread } from '../checkpoint.ts';
import type { Plan } from '../plan/plan.ts';
import { FITTING_WINDOWS } from '../plan/window.ts';
import { windowHintMs } from '../plan/window-hint.ts';
import { parseInstant } from '../rows/instant.ts';
import type { StreamSettings } from '../settings.ts';
import type { Bookmark, Span } from '../source.ts';
import type { Tally } from './tally.ts';
import type { Ledger } from './tasks/ledger.ts';
import type { TaskState } from './tasks/task-state.ts';

/** What a checkpoint is made from. */
export interface Progress {
  readonly base: Checkpoint | undefined;
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly tally: Tally;
  readonly settings: StreamSettings;
  readonly runId: string;
  /** Planning's now and the real one, epoch ms. */
  readonly planningNow: number;
  readonly now: number;
  /** True at the end of the run, when the window's size is judged. */
  readonly ended: boolean;
}

/** The checkpoint that is true now: nothing in it is ahead of what is committed. */
export function checkpointNow(progress: Progress): Checkpoint {
  const { base, plan, settings, runId, now } = progress;
  const byVersion = settings.definition.readBy === 'version';
  const watermark = byVersion ? walkWatermark(progress) : progress.ledger.fresh.reached;
  return {
    epoch: base?.epoch ?? 0,
    watermark,
    ...(byVersion ? walkState(progress) : {}),
    ...defined('rereadFrom', rereadFrom(progress, watermark)),
    ...defined('reread', rereadNow(progress)),
    ...defined('history', historyNow(progress)),
    ...defined('deep', beganDeep(progress) || !base ? plan.deep : base.deep),
    ...defined('window', windowHint(progress)),
    ...defined('newestRow', newestRow(progress)),
    start: base?.start ?? settings.startMs,
    lake: settings.lake,
    updatedAt: now,
    run: runId,
  };
}

function walkState(progress: Progress) {
  const { base, ledger, plan } = progress;
  const { walk } = ledger.fresh;
  // With nothing seen the next walk would begin at `start`, which is the history's.
  const seen = base ? base.seen : plan.history && plan.watermark;
  const unfinished = walk ? (isCommitted(walk) ? undefined : bookmarkWithin(walk)) : base?.walk;
  return {
    ...defined('seen', latest(seen, newestCommitted(progress))),
    ...defined('walk', unfinished),
    ...defined('owed', owed(progress, unfinished)),
  };
}

/** Where what is new ended: by this machine's clock, or where the vendor's own stood. */
function endOfNew({ plan, ledger }: Progress): number {
  return Math.min(plan.end, ledger.fresh.readTo);
}

function walkWatermark({ plan, ledger }: Progress): number {
  return Math.max(plan.watermark, walkReached(ledger) ?? plan.watermark);
}

/** How far the walk is committed, epoch ms. */
function walkReached({ fresh: { walk } }: Ledger): number | undefined {
  const reached = walk && (isCommitted(walk) ? walk.task.to : bookmarkMs(walk.pages?.committed));
  return reached === undefined ? undefined : Math.min(reached, walk?.readTo ?? reached);
}

/** No walk goes on beyond the vendor's own clock: rows would come to be below its bookmark. */
function bookmarkWithin({ pages, readTo }: TaskState): Bookmark | undefined {
  return (bookmarkMs(pages?.committed) ?? 0) > readTo ? undefined : pages?.committed;
}

/**
 * The newest version that was read, as far as the walk is committed: the next walk begins before it, and what was read beyond
 * (by a walk whose commit failed, or by a re-read at the same time) may not be in the lake.
 */
function newestCommitted({ ledger, tally: { newestVersion } }: Progress): number | undefined {
  const reached = walkReached(ledger);
  if (reached === undefined || newestVersion === undefined) return undefined;
  return Math.min(reached, Math.floor(newestVersion / 1000));
}

/**
 * A walk that is cut short near to now owes the next one the lookback before its bookmark: rows that appear late below it are not
 * seen by the walk that goes on. Only a walk that began there, and has got somewhere, pays it.
 */
function owed(progress: Progress, bookmark: Bookmark | undefined): number | undefined {
  const { base, ledger, settings } = progress;
  const { walk } = ledger.fresh;
  const paid = walk !== undefined && walk.task.bookmark === undefined && walkReached(ledger) !== undefined;
  const before = paid ? undefined : base?.owed;
  const at = bookmarkMs(bookmark);
  if (at === undefined || at < endOfNew(progress) - settings.lookbackMs) return before;
  return Math.min(before ?? Number.POSITIVE_INFINITY, at - settings.lookbackMs);
}

/**
 * The watermark at which the last finished re-read began. A first load owes none: what it read when that was older than the
 * lookback was final by then; re-reading starts from the first point that was not.
 */
function rereadFrom(progress: Progress, watermark: number): number | undefined {
  const { base, plan, ledger, settings } = progress;
  if (!ledger.reread.isEmpty && ledger.reread.isDone) return plan.reread?.state.to;
  if (base?.rereadFrom !== undefined) {
    const nothingToReread = !plan.reread && settings.lookbackMs === 0 && settings.deep.lookbackMs === 0;
    return nothingToReread ? watermark : base.rereadFrom;
  }
  // By the clock of the planning: what was read then may change while the run goes on, or stands still for days.
  const notFinalYet = watermark >= endOfNew(progress) - settings.lookbackMs;
  return notFinalYet ? watermark : undefined;
}

function rereadNow(progress: Progress): Reread | undefined {
  const { base, plan, ledger } = progress;
  if (!plan.reread) return base?.reread;
  const { state } = plan.reread;
  if (ledger.reread.isDone) return undefined;
  if (!ledger.rereadBegun) return base?.reread;
  const { reached, walk } = ledger.reread;
  const since = state.since ?? endOfNew(progress);
  return { ...state, place: walk ? state.place : reached, ...defined('walk', walk?.pages?.committed), since };
}

function historyNow({ plan, ledger }: Progress): Span | undefined {
  const { history } = ledger;
  return plan.history && !history.isDone ? { from: plan.history.span.from, to: history.reached } : undefined;
}

// One row that a vendor dates years ahead must not pass for news until then.
function newestRow({ base, tally: { newestTime }, planningNow }: Progress): number | undefined {
  const read = newestTime === undefined ? undefined : Math.min(planningNow, Math.floor(newestTime / 1000));
  const before = base?.newestRow;
  return latest(before === undefined ? undefined : Math.min(planningNow, before), read);
}

// One that was under way already belongs to the day on which it began.
function beganDeep({ base, plan, ledger }: Progress): boolean {
  return plan.reread?.state.deep === true && ledger.rereadBegun && !base?.reread;
}

/** Judged at the end of a run alone, and by its first window that is not done: the others move nothing. */
function windowHint({ base, plan, ledger, tally, settings, ended }: Progress): number | undefined {
  const { fresh, reread, history } = ledger;
  // A walk by version has no windows, but its history has.
  if (!ended || (settings.definition.readBy === 'version' && history.isEmpty)) return base?.window;
  const list = [fresh, reread].find(({ isDone, walk }) => !isDone && !walk) ?? history;
  return windowHintMs({
    windowMs: plan.windowMs,
    mostMs: settings.windowMs,
    stuck: list.firstOpen?.status === 'cut' && !list.hasMoved,
    refusedMs: Number.isFinite(tally.refusedMs) ? tally.refusedMs : undefined,
    fits:
      ledger.isDone || fresh.committed + reread.committed + history.committed >= FITTING_WINDOWS * settings.concurrency,
  });
}

function isCommitted({ status }: TaskState): boolean {
  return status === 'committed';
}

/** A bookmark in epoch ms, rounded down. */
function bookmarkMs(bookmark: Bookmark | undefined): number | undefined {
  if (!bookmark) return undefined;
  const instant = parseInstant(JSON.stringify(bookmark.at));
  return instant === undefined ? undefined : Math.floor(instant / 1000);
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function defined<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}
