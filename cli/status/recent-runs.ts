import type { Outcome } from '../../functions/engine/settings.ts';
import { countIn, isObject, type Report, type Reporting, type RunReports } from '../run/run-reports.ts';

/** A run of the schedule, or of `convlake export`, as its report tells of it; null for what it does not say. */
export interface LiveRun {
  readonly runId: string;
  /** ISO text. */
  readonly startedAt: string;
  readonly tookMs: number;
  readonly outcome: Outcome;
  readonly stoppedBy: string | null;
  readonly left: string | null;
  readonly rows: {
    readonly read: number;
    readonly new: number;
    readonly changed: number;
    readonly open: number;
    readonly undated: number;
  };
  readonly requests: number;
  /** Milliseconds that the vendor asked to wait. */
  readonly throttledMs: number;
  readonly reconciled: boolean;
  /** Why it failed. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** What the latest runs of a stream did. */
export interface RecentRuns {
  /** The latest; undefined where no report of one was found. */
  readonly last: LiveRun | undefined;
  /** How many of the latest failed, one after the other; `MOST_FAILURES` stands for so many and more. */
  readonly failures: number;
}

/** Who fails more often need not know how often. */
export const MOST_FAILURES = 20;

/** Those of backfills lie among them, which may be a thousand in a day. */
const MOST_READ = 60;
const DAY_MS = 86_400_000;
/** A run that ended before is not news. */
const DAYS_BACK = 7;

/**
 * The latest runs of a stream, from their reports: back to the first that did not fail, and no farther than a week and the last writing of
 * its checkpoint (epoch ms; undefined where there is none). A run that another's claim kept from reading is none of them.
 * @throws ConvlakeError `lake-unavailable`
 */
export async function recentRuns(
  reports: RunReports,
  stream: Reporting,
  { now, writtenAt }: { readonly now: number; readonly writtenAt: number | undefined },
): Promise<RecentRuns> {
  let last: LiveRun | undefined;
  let failures = 0;
  for (const at of datesBack(now, writtenAt)) {
    let read = 0;
    for await (const report of reports.newestFirst(stream, at)) {
      if (++read > MOST_READ) break;
      const run = liveRunIn(report);
      if (!run) continue;
      last ??= run;
      if (run.outcome !== 'failed' || failures === MOST_FAILURES) return { last, failures };
      failures++;
    }
  }
  return { last, failures };
}

/** An instant of each date to look at, newest first. A run that wrote the checkpoint may have begun on the day before. */
function datesBack(now: number, writtenAt: number | undefined): readonly number[] {
  const week = Array.from({ length: DAYS_BACK }, (_, days) => now - days * DAY_MS);
  if (writtenAt === undefined || writtenAt > now) return week;
  const since = writtenAt - DAY_MS;
  const within = week.filter((at) => dateOf(at) >= dateOf(since));
  return writtenAt < now - DAYS_BACK * DAY_MS ? [...week, writtenAt, since] : within;
}

function dateOf(at: number): number {
  return Math.floor(at / DAY_MS);
}

/** Undefined for what is not the report of a live run that read, or tried to. */
function liveRunIn(report: Report): LiveRun | undefined {
  const { runId, purpose, startedAt, outcome, rows } = report;
  if (purpose !== 'live' || typeof runId !== 'string' || typeof startedAt !== 'string' || !isOutcome(outcome)) {
    return undefined;
  }
  if (Number.isNaN(Date.parse(startedAt)) || outcome === 'skipped') return undefined;
  const counts = isObject(rows) ? rows : {};
  const count = (of: Report, name: string) => countIn(of[name]) ?? 0;
  return {
    runId,
    startedAt,
    tookMs: count(report, 'tookMs'),
    outcome,
    stoppedBy: textIn(report['stoppedBy']),
    left: textIn(report['left']),
    rows: {
      read: count(counts, 'read'),
      new: count(counts, 'new'),
      changed: count(counts, 'changed'),
      open: count(counts, 'open'),
      undated: count(counts, 'undated'),
    },
    requests: count(report, 'requests'),
    throttledMs: count(report, 'throttledMs'),
    reconciled: report['reconciled'] !== false,
    error: outcome === 'failed' ? errorIn(report) : null,
  };
}

function errorIn({ errorCode, error }: Report): LiveRun['error'] {
  return { code: textIn(errorCode) ?? 'unexpected', message: textIn(error) ?? 'its report does not say why' };
}

function isOutcome(value: unknown): value is Outcome {
  return value === 'caught up' || value === 'out of time' || value === 'skipped' || value === 'failed';
}

function textIn(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
