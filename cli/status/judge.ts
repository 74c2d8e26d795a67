import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { formatDuration } from '../../contract/duration.ts';
import { staleAfterMs } from '../../contract/staleness.ts';
import { clockAhead } from '../../functions/engine/checkpoint/clock-ahead.ts';
import { isOrdered } from '../../functions/engine/checkpoint/rewind.ts';
import type { Checkpoint, Rewind } from '../../functions/engine/checkpoint.ts';
import type { Records } from '../../functions/engine/ports.ts';
import { streamSettings } from '../../functions/wiring/stream-settings.ts';
import { instantText } from '../output/words.ts';
import type { LiveRun, RecentRuns } from './recent-runs.ts';

/**
 * How a stream is. `late`: what it has read is older than its alarm allows; `unknown`: its checkpoint could not be read, and no report says
 * that runs fail. Where several hold, it is the one that a person has to know first.
 */
export type Health =
  | 'ok'
  | 'late'
  | 'failing'
  | 'waiting for vendor'
  | 'never ran'
  | 'paused'
  | 'clock ahead'
  | 'unknown';

/** What is known of a stream. */
export interface Evidence {
  readonly stream: StreamConfiguration;
  /** The lake as the configuration names it. */
  readonly lake: string;
  /** Its checkpoint and the order to start again; or why they could not be read. */
  readonly records: Records | Error;
  readonly runs: RecentRuns;
}

/** How a stream is, and what was seen and what to do about it; null where there is nothing to do. */
export interface Judgement {
  readonly health: Health;
  readonly toFix: string | null;
}

/** Errors that a rewind puts right. */
const FIXED_BY_REWIND = new Set(['clock-ahead', 'configuration-invalid']);

/** Judges a stream at `now` (epoch ms). */
export function judge({ stream, lake, records, runs }: Evidence, now: number): Judgement {
  if (!stream.enabled) return { health: 'paused', toFix: null };
  if (records instanceof Error) return { health: failing(runs) ? 'failing' : 'unknown', toFix: records.message };

  const { checkpoint } = records;
  const order = waitingOrder(records);
  const ahead = checkpoint && !order ? clockAhead(checkpoint, streamSettings(stream, lake), now) : undefined;
  if (ahead) return { health: 'clock ahead', toFix: ahead.message };
  if (failing(runs)) return { health: 'failing', toFix: fixOfFailure(runs.last, order) };
  if (runs.last && isWaiting(runs.last)) return { health: 'waiting for vendor', toFix: waitOf(runs.last) };
  if (!checkpoint) return { health: 'never ran', toFix: `no run has ended yet; start one with: ${exportOf(stream)}` };

  const watermark = Math.min(checkpoint.watermark, order?.watermark ?? checkpoint.watermark);
  if (now - watermark <= staleAfterMs(stream)) return { health: 'ok', toFix: null };
  return { health: 'late', toFix: order ? orderText(order) : whyLate(stream, checkpoint, runs, now) };
}

/** Whether a health lets `--check` pass: a tenant that was paused is as somebody wants it. */
export function isWell(health: Health): boolean {
  return health === 'ok' || health === 'paused';
}

/** The order to start again that no run has carried out yet. */
export function waitingOrder({ checkpoint, rewind }: Records): Rewind | undefined {
  return rewind && isOrdered(rewind, checkpoint) ? rewind : undefined;
}

function failing({ failures }: RecentRuns): boolean {
  return failures > 0;
}

/** A run that has but its history left is not behind. */
function isWaiting({ outcome, stoppedBy, left }: LiveRun): boolean {
  return outcome === 'out of time' && stoppedBy === 'vendor' && left !== 'history';
}

function fixOfFailure(last: LiveRun | undefined, order: Rewind | undefined): string {
  const { code, message } = last?.error ?? { code: 'unexpected', message: 'its reports do not say why' };
  return order && FIXED_BY_REWIND.has(code) ? orderText(order) : message;
}

function orderText({ watermark }: Rewind): string {
  return `the next run begins at ${instantText(watermark)}, as was ordered`;
}

function waitOf({ startedAt }: LiveRun): string {
  return `the run of ${instantText(Date.parse(startedAt))} had less time left than the vendor wanted it to wait; the next one goes on`;
}

function whyLate(stream: StreamConfiguration, { claim, updatedAt }: Checkpoint, { last }: RecentRuns, now: number) {
  if (claim && claim.until > now) return `a run is at work, until ${instantText(claim.until)} at the latest`;
  const endedAt = last ? Date.parse(last.startedAt) + last.tookMs : updatedAt;
  if (now - endedAt > staleAfterMs(stream)) {
    const every = formatDuration(stream.everyMs);
    return `no run has ended since ${instantText(endedAt)}, and one is due every ${every}; start one with: ${exportOf(stream)}`;
  }
  if (last?.outcome === 'out of time')
    return 'it is catching up: the last run was out of time, and the next one goes on';
  return 'the last run ended well and what it read is old all the same; docs/runbook.md says more (stale)';
}

function exportOf({ definition, tenant }: StreamConfiguration): string {
  return `convlake export --stream ${definition.stream} --tenant ${tenant}`;
}
