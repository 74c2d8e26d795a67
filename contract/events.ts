import type { StreamName } from './streams.ts';

/**
 * What an export function is invoked with. From a schedule: the stream alone; the function then invokes itself once per
 * configured tenant. From the backfill state machine: an explicit span.
 */
export interface ExportRequest {
  readonly stream: StreamName;
  readonly tenant?: string;
  /** Both or neither, ISO instants: a backfill of `[from, to)`, which leaves the live checkpoint alone. */
  readonly from?: string;
  readonly to?: string;
  /** Of a backfill: the lake that it was planned for, such as `s3://bucket/prefix`. */
  readonly lake?: string;
  /** Fixes planning's clock, ISO instant. */
  readonly now?: string;
  /** Of a backfill: the longest span read in one walk, ms, where an invocation before this one found less to fit. */
  readonly windowMs?: number;
  /** Of a backfill of a detail stream: details are fetched although one is held for the same state of the list. */
  readonly refetch?: boolean;
  /** How many runs in a row this one continues. */
  readonly hop?: number;
  /** The run that this one continues, whose claim does not stop it. */
  readonly continues?: string;
}

/** Source and detail type of the event that each run sends to EventBridge. */
export const RUN_EVENT = { source: 'convlake', detailType: 'Export Run Ended' } as const;

/** The detail of that event. Instants are ISO texts. */
export interface RunEnded {
  readonly stage: string;
  readonly stream: StreamName;
  readonly tenant: string;
  readonly runId: string;
  readonly purpose: 'live' | 'backfill';
  readonly outcome: 'caught up' | 'out of time' | 'skipped' | 'failed';
  /** Every row below it has been read and committed (of a backfill: of its span). Null where the run failed before it knew. */
  readonly watermark: string | null;
  readonly bucket: string;
  /** What the run changed. More than fit into one event come in several, told by `part`, which counts from 1. */
  readonly objects: readonly ChangedObject[];
  readonly part: number;
  readonly parts: number;
}

/** An object of the lake after a run's last commit to it. */
export interface ChangedObject {
  /** In the bucket, prefix included. */
  readonly key: string;
  /** The UTC date of its rows; null for rows without a usable time. */
  readonly dt: string | null;
  /** Rows in it, and how many of them the run added or replaced. */
  readonly rows: number;
  readonly changed: number;
  readonly bytes: number;
  readonly etag: string | null;
  /** Null for a bucket that keeps no versions. */
  readonly versionId: string | null;
}
