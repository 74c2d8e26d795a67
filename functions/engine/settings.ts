import type { StreamDefinition, StreamName, VolatilePath } from '../../contract/streams.ts';
import type { Span } from './source.ts';

/** How one stream of one tenant is exported. Instants are epoch milliseconds. */
export interface StreamSettings {
  readonly definition: StreamDefinition;
  readonly tenant: string;
  /** The first export begins here. */
  readonly startMs: number;
  readonly lookbackMs: number;
  /** How far back the caller asks this run to read again, even where a re-read that is under way or due reaches less far. */
  readonly askedLookbackMs?: number;
  readonly deep: { readonly at: string; readonly lookbackMs: number };
  readonly timeZone: string;
  readonly settleMs: number;
  readonly windowMs: number;
  readonly concurrency: number;
  /** The lake as the configuration names it, for the checkpoint. */
  readonly lake: string;
  /** The first date, `YYYY-MM-DD`, that the stream's table shows; rows before it are counted. */
  readonly tableFrom?: string;
  /** Fields that change without the row having changed: kept as they come, and left out where rows are compared. Default: none. */
  readonly volatile?: readonly VolatilePath[] | undefined;
  /** Of a detail stream: what is held of a detail stays when the vendor has erased it. Else it is erased here too. */
  readonly keepErased?: boolean;
  /** Of a detail stream: details are fetched although one is held for the same state of the list. */
  readonly refetch?: boolean;
  /** Rows of more bytes are too large for a line. The engine's own limit unless a test has another. */
  readonly oversizedBytes?: number | undefined;
}

/** How a run ended. */
export type Outcome = 'caught up' | 'out of time' | 'skipped' | 'failed';

/** A field whose column shows null, and the JSON type that it was seen with. */
export interface RetypedField {
  readonly field: string;
  readonly type: 'string' | 'number' | 'boolean' | 'array' | 'object';
}

/** What a run did, for people, logs and metrics. */
export interface RunSummary {
  readonly stream: StreamName;
  readonly tenant: string;
  readonly runId: string;
  /** `backfill` for an explicit past span: then watermark and freshness are those of the span. */
  readonly purpose: 'live' | 'backfill';
  readonly outcome: Outcome;
  /** What ended a run that is out of time: its own time, a wait that the vendor asked for, or the caller. */
  readonly stoppedBy?: 'time' | 'vendor' | 'caller';
  /** What a run that is out of time did not get through: `history` where all else was read. */
  readonly left?: 'new' | 're-read' | 'revisit' | 'history';
  readonly rows: {
    readonly read: number;
    readonly new: number;
    readonly changed: number;
    readonly unchanged: number;
    readonly undated: number;
    /** Rows of dates that the stream's table does not show: they are in the lake all the same. */
    readonly outsideTable: number;
    /** Rows whose status says that they are not final. */
    readonly open: number;
    /** Rows too large for a line: each lies in an object of its own, and a stub stands for it. */
    readonly oversized: number;
  };
  /** Of a detail stream: what became of the rows that its lists named. */
  readonly details?: {
    /** Rows of the lists. */
    readonly listed: number;
    /** Of these, those whose detail was held for the state that they were listed in. */
    readonly held: number;
    /** Details that came, those included that a list itself carries. */
    readonly fetched: number;
    /** Ids of which the vendor says that it has no detail. */
    readonly gone: number;
    /** Ids whose detail could not be fetched. */
    readonly failed: number;
    /** Details of which the vendor says that it has removed what was there. */
    readonly erased: number;
    /** Details that came empty without a word of the vendor's, and did not take the place of what is held. */
    readonly suspicious: number;
    /** Details that are not final yet. */
    readonly open: number;
  };
  readonly pages: number;
  readonly windows: number;
  /** Requests sent, further tries included, and milliseconds that the vendor asked to wait. */
  readonly requests: number;
  readonly throttledMs: number;
  /** What the requests cost of the vendor's budget, in its own points, where it says so. */
  readonly points?: number;
  /** Bytes of page bodies. */
  readonly bytes: number;
  readonly objects: readonly {
    readonly key: string;
    readonly rows: number;
    readonly bytes: number;
    readonly changed: number;
  }[];
  /** False when a window held fewer rows than the vendor's own total, even cut as small as windows get. */
  readonly reconciled: boolean;
  /** Of a sample of the rows: fields that no column of the catalogue shows, and those whose column shows null. Absent if none was read. */
  readonly newFields?: readonly string[];
  readonly retypedFields?: readonly RetypedField[];
  readonly watermark: number | undefined;
  /** What is left of the history, where there is one. */
  readonly history?: Span;
  readonly freshnessMs: number | undefined;
  /** The latest own time among the rows read. */
  readonly newestRowAt: number | undefined;
  readonly startedAt: number;
  readonly tookMs: number;
  readonly error?: Error;
}
