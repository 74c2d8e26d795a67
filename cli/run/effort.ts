import type { ReportedEffort } from './last-report.ts';

/** What the next run will take if it goes as the last one did. */
export interface Effort {
  readonly requests: number;
  /** In the vendor's points; null where it counts none. */
  readonly points: number | null;
  /** How many details will be asked for; absent of a list. */
  readonly details?: number;
  /** How long it takes, the vendor's waits included. */
  readonly minutes: number;
  /** When the run began by whose report it is reckoned, an ISO text. */
  readonly asIn: string;
}

/** The effort of reading so many windows, by what the last run took for each of its own. */
export function effortOf(windows: number, last: ReportedEffort): Effort {
  const share = windows / last.windows;
  return {
    requests: Math.ceil(last.requests * share),
    points: last.points === undefined ? null : Math.ceil(last.points * share),
    ...(last.details !== undefined && { details: Math.ceil(last.details * share) }),
    minutes: Math.ceil((last.tookMs * share) / 6000) / 10,
    asIn: last.startedAt,
  };
}
