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
  /** Fixes planning's clock, ISO instant. */
  readonly now?: string;
  /** How many runs in a row this one continues. */
  readonly hop?: number;
  /** The run that this one continues, whose claim does not stop it. */
  readonly continues?: string;
}

/** What a backfill item answers: what is left of its span, or nothing. */
export interface BackfillLeft {
  readonly stream: StreamName;
  readonly tenant: string;
  readonly from: string;
  readonly to: string;
  readonly done: boolean;
}

/** What the backfill state machine is started with. Without streams or tenants: all that are configured. */
export interface BackfillRequest {
  readonly from: string;
  readonly to: string;
  readonly streams?: readonly StreamName[];
  readonly tenants?: readonly string[];
}

/** Source and detail type of the event that each run sends to EventBridge. */
export const runEvent = { source: 'convlake', detailType: 'Export Run Ended' } as const;

/** What the plan function answers the backfill state machine. */
export interface BackfillPlan {
  /**
   * Spans of one stream and tenant each. At most 1,000, so that the answer stays below the 256 KB that Step Functions passes
   * between states: where days x streams x tenants are more, a span is several days long.
   */
  readonly spans: readonly BackfillSpan[];
  /** How many of them may be read at the same time: the least `concurrency` of the streams in the plan, for a vendor's budget is one. */
  readonly maxConcurrency: number;
}

/** One span to read; what the state machine invokes the source's export function with, until it answers `done`. */
export type BackfillSpan = Pick<BackfillLeft, 'stream' | 'tenant' | 'from' | 'to'>;
