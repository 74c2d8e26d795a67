import { formatDuration } from '../../contract/duration.ts';
import { isoInstant } from '../../contract/instant.ts';
import { staleAfterMs } from '../../contract/staleness.ts';
import { isClockAhead } from '../../functions/engine/checkpoint/clock-ahead.ts';
import type { Checkpoint } from '../../functions/engine/checkpoint.ts';
import type { Records } from '../../functions/engine/ports.ts';
import { type Evidence, type Health, judge, waitingOrder } from './judge.ts';
import type { LiveRun } from './recent-runs.ts';

/** How a stream is and how far it has got, in the terms of `status --json`. Instants are ISO texts; null for what there is not. */
export interface Status {
  readonly stream: string;
  readonly tenant: string;
  readonly enabled: boolean;
  readonly health: Health;
  /** What was seen and what to do about it. */
  readonly toFix: string | null;
  /** How many of the latest runs failed, one after the other; 20 stands for so many and more. */
  readonly failures: number;
  /** Why the last run failed. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly watermark: string | null;
  /** True where the watermark lies in the future: a clock is or was wrong, and every run fails until a rewind. */
  readonly clockAhead: boolean;
  /** Now minus watermark, and how much of it is late. */
  readonly freshnessSeconds: number | null;
  readonly lateAfterSeconds: number;
  /** The own time of the newest row. */
  readonly newestRow: string | null;
  /** Rows of the last run that were not final. */
  readonly openRows: number | null;
  readonly reread: {
    readonly from: string;
    readonly to: string;
    readonly place: string;
    readonly deep: boolean;
  } | null;
  /** What is left of the history, newest day first. */
  readonly history: { readonly from: string; readonly to: string } | null;
  /** The window that is in force, where it is smaller than the configured one. */
  readonly window: string | null;
  readonly claim: { readonly run: string; readonly until: string } | null;
  readonly rewind: { readonly epoch: number; readonly watermark: string } | null;
  /** What the last run did, by its report; error apart. */
  readonly lastRun: Omit<LiveRun, 'error'> | null;
  /** When a run wrote the checkpoint last. */
  readonly updatedAt: string | null;
}

const NO_RECORDS: Records = { checkpoint: undefined, rewind: undefined };

/** The status of a stream at `now` (epoch ms), judged. */
export function statusOf(evidence: Evidence, now: number): Status {
  const { stream, records, runs } = evidence;
  const known = records instanceof Error ? NO_RECORDS : records;
  const { checkpoint } = known;
  const order = waitingOrder(known);
  const { health, toFix } = judge(evidence, now);
  return {
    stream: stream.definition.stream,
    tenant: stream.tenant,
    enabled: stream.enabled,
    health,
    toFix,
    failures: runs.failures,
    error: runs.last?.error ?? null,
    watermark: isoOrNull(checkpoint?.watermark),
    clockAhead: checkpoint !== undefined && !order && isClockAhead(checkpoint.watermark, now),
    freshnessSeconds: checkpoint ? Math.round((now - checkpoint.watermark) / 1000) : null,
    lateAfterSeconds: staleAfterMs(stream) / 1000,
    newestRow: isoOrNull(checkpoint?.newestRow),
    openRows: runs.last?.rows.open ?? null,
    reread: rereadOf(checkpoint),
    history: historyOf(checkpoint),
    window: checkpoint?.window === undefined ? null : formatDuration(checkpoint.window),
    claim: checkpoint?.claim ? { run: checkpoint.claim.run, until: isoInstant(checkpoint.claim.until) } : null,
    rewind: order ? { epoch: order.epoch, watermark: isoInstant(order.watermark) } : null,
    lastRun: lastRunOf(runs.last),
    updatedAt: isoOrNull(checkpoint?.updatedAt),
  };
}

function lastRunOf(last: LiveRun | undefined): Status['lastRun'] {
  if (!last) return null;
  const { error, ...run } = last;
  return run;
}

function rereadOf(checkpoint: Checkpoint | undefined): Status['reread'] {
  if (!checkpoint?.reread) return null;
  const { from, to, place, deep } = checkpoint.reread;
  return { from: isoInstant(from), to: isoInstant(to), place: isoInstant(place), deep };
}

function historyOf(checkpoint: Checkpoint | undefined): Status['history'] {
  if (!checkpoint?.history) return null;
  const { from, to } = checkpoint.history;
  return { from: isoInstant(from), to: isoInstant(to) };
}

function isoOrNull(at: number | undefined): string | null {
  return at === undefined ? null : isoInstant(at);
}
