/**
 * What passes between the backfill's state machine and the functions that it invokes. A state may pass on 256 KB, so everything
 * whose size depends on the number of tenants lies in files, and what is passed names them.
 */

import type { StreamName } from './streams.ts';

/** What the backfill state machine is started with. Without streams or tenants: all that are configured. */
export interface BackfillRequest {
  readonly from: string;
  readonly to: string;
  readonly streams?: readonly StreamName[];
  readonly tenants?: readonly string[];
  /** How many credentials are read with at the same time. */
  readonly maxConcurrency?: number;
  /** Of detail streams: details are fetched although one is held for the same state of the list. */
  readonly refetch?: boolean;
}

/** A span of one stream and tenant; what an export function is invoked with until it returns `done`. */
export interface BackfillSpan {
  /** The lake that it was planned for. A function that writes into another refuses it. */
  readonly lake: string;
  readonly stream: StreamName;
  readonly tenant: string;
  /** ISO instants. */
  readonly from: string;
  readonly to: string;
  /** The longest span read in one walk, ms. */
  readonly windowMs: number;
  /** As `BackfillRequest` has it; false where it is not there. */
  readonly refetch?: boolean;
}

/** What an export function returns of a span: what is left of it, with the window that is known to fit, or nothing. */
export interface BackfillLeft extends BackfillSpan {
  readonly done: boolean;
}

/** Spans of one stream and tenant, of which `concurrency` are read at the same time. */
export interface BackfillGroup {
  readonly concurrency: number;
  readonly spans: readonly BackfillSpan[];
}

/** All that is read with one credential in one round: one item of the distributed map. Its groups are read one after the other. */
export interface BackfillItem {
  /** What the configuration calls the location of the credential. */
  readonly credential: string;
  readonly groups: readonly BackfillGroup[];
}

/** How a span ended that was not read to its end. Without an error it is only not through yet. */
export interface BackfillOutcome {
  readonly left: BackfillSpan;
  readonly error?: string;
  readonly cause?: string;
}

/** What the execution of an item returns: the spans that were not read to their ends. */
export interface BackfillItemResult {
  readonly credential: string;
  readonly groups: readonly { readonly concurrency: number; readonly outcomes: readonly BackfillOutcome[] }[];
}

/** Where a backfill is; what its states pass on. */
export interface BackfillProgress {
  /** The bucket of the files, and the folder of this execution in it, without a slash at its end. */
  readonly bucket: string;
  readonly folder: string;
  /** Rounds of the map, from 1 on. Each has a folder of its own. */
  readonly round: number;
  /** The key of this round's items; a JSON array. */
  readonly items: string;
  /** Items of this round; 0 when nothing is left that may be read. */
  readonly pending: number;
  /** Spans that were planned, and those that failed so far. */
  readonly spans: number;
  readonly failed: number;
  readonly maxConcurrency: number;
  /** How often the execution had been redriven when this was written. */
  readonly redrives: number;
}

/** What the state machine invokes the plan function with. */
export type BackfillStep =
  /** Makes the items of the first round. */
  | { readonly step: 'plan'; readonly execution: string; readonly redrives: number; readonly request: unknown }
  /** Sorts what a round left: what goes on, what failed. */
  | {
      readonly step: 'gather';
      readonly redrives: number;
      readonly progress: BackfillProgress;
      /** The key of the map's manifest, in the bucket of the files. */
      readonly manifest: string;
    }
  /** Fails with the list of what failed or, once the execution has been redriven, makes items of it again. */
  | { readonly step: 'report'; readonly redrives: number; readonly progress: BackfillProgress };

/** What precedes the names of executions in the keys of their files. */
export const BACKFILL_FILES = 'backfills';
