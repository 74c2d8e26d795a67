import { countIn, isObject, type Report, type Reporting, runReports } from './run-reports.ts';
import type { LakeView } from './storage.ts';

/** What a run's report says of the effort that it was. */
export interface ReportedEffort {
  /** ISO text. */
  readonly startedAt: string;
  readonly tookMs: number;
  /** Windows read to their end. */
  readonly windows: number;
  readonly requests: number;
  /** In the vendor's points, where it counts any. */
  readonly points: number | undefined;
  /** Details that were asked for; undefined of a list. */
  readonly details: number | undefined;
}

const DAY_MS = 86_400_000;
/** The newest of them may be of backfills, and of runs that read nothing. */
const MOST_READ = 20;

/**
 * The newest report of a live run of the stream that read something; undefined where there is none around the instant at which a run wrote
 * the checkpoint last (epoch ms). A report lies under the date on which its run began.
 * @throws ConvlakeError `lake-unavailable`
 */
export async function lastReport(
  lake: LakeView,
  stream: Reporting,
  writtenAt: number,
): Promise<ReportedEffort | undefined> {
  const reports = runReports(lake);
  for (const at of [writtenAt, writtenAt - DAY_MS]) {
    let read = 0;
    for await (const report of reports.newestFirst(stream, at)) {
      const effort = effortIn(report);
      if (effort) return effort;
      if (++read === MOST_READ) break;
    }
  }
  return undefined;
}

/** Undefined for what is not the report of a live run that read something. */
export function effortIn(report: Report): ReportedEffort | undefined {
  const { purpose, startedAt, details } = report;
  const [tookMs, windows, requests] = [report['tookMs'], report['windows'], report['requests']].map(countIn);
  if (purpose !== 'live' || typeof startedAt !== 'string' || tookMs === undefined || !windows || !requests) {
    return undefined;
  }
  return { startedAt, tookMs, windows, requests, points: countIn(report['points']), details: detailsIn(details) };
}

function detailsIn(details: unknown): number | undefined {
  if (!isObject(details)) return undefined;
  const [fetched = 0, gone = 0, failed = 0] = [details['fetched'], details['gone'], details['failed']].map(countIn);
  return fetched + gone + failed;
}
