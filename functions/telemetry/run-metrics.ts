import type { Metrics } from '@aws-lambda-powertools/metrics';
import { FunctionMetric, Metric, MetricDimension } from '../../contract/metrics.ts';
import type { SourceName, StreamName } from '../../contract/streams.ts';
import type { RunSummary } from '../engine/settings.ts';

/** Names and values of what is emitted together. */
export type Measured = ReadonlyMap<(typeof Metric)[keyof typeof Metric], number>;

/** Whose metrics they are. */
export interface Measures {
  readonly stage: string;
  readonly stream: StreamName;
  readonly tenant: string;
}

/**
 * What a run is measured by. A backfill says nothing of whether the schedule's runs end well, so it counts what it did and no more;
 * else alarms on live runs would look at it too. A run that has but its history left is not behind.
 */
export function runMetrics(summary: RunSummary): Measured {
  const { rows, details, outcome, left, purpose } = summary;
  const live = purpose === 'live';
  return new Map([
    [Metric.rowsRead, rows.read],
    [Metric.rowsNew, rows.new],
    [Metric.rowsChanged, rows.changed],
    [Metric.rowsUndated, rows.undated],
    [Metric.rowsOutsideTable, rows.outsideTable],
    [Metric.rowsOpen, rows.open],
    [Metric.rowsOversized, rows.oversized],
    ...(details ? ofDetails(details) : []),
    [Metric.requests, summary.requests],
    [Metric.objectsWritten, summary.objects.length],
    [Metric.bytesRead, summary.bytes],
    [Metric.throttledMs, summary.throttledMs],
    [Metric.runMs, summary.tookMs],
    ...(live ? endOf(outcome, left) : []),
    [Metric.unreconciled, summary.reconciled ? 0 : 1],
  ]);
}

function ofDetails({ fetched, gone, failed, erased, suspicious }: NonNullable<RunSummary['details']>) {
  return [
    [Metric.detailsFetched, fetched],
    [Metric.detailsGone, gone],
    [Metric.detailsFailed, failed],
    [Metric.detailsErased, erased],
    [Metric.detailsSuspicious, suspicious],
  ] as const;
}

function endOf(outcome: RunSummary['outcome'], left: RunSummary['left']) {
  return [
    [Metric.failed, outcome === 'failed' ? 1 : 0],
    [Metric.outOfTime, outcome === 'out of time' && left !== 'history' ? 1 : 0],
  ] as const;
}

/** An invocation that failed and said so. */
export interface FailedInvocation {
  readonly stage: string;
  readonly source: SourceName;
  /** Epoch ms. */
  readonly startedAt: number;
}

/**
 * Counts an invocation that failed and said so, in a line of its own. Lambda's count of errors has the time at which an invocation began
 * (AWS's page on metrics of Lambda), so this has it too: else the two would fall into different hours.
 */
export function emitFailedInvocation(metrics: Metrics, { stage, source, startedAt }: FailedInvocation): void {
  metrics.clearMetrics();
  metrics.clearDimensions();
  metrics.addDimensions({ [MetricDimension.stage]: stage, [FunctionMetric.dimension]: source });
  metrics.setTimestamp(startedAt);
  metrics.addMetric(FunctionMetric.failed, 'Count', 1);
  metrics.publishStoredMetrics();
}

/**
 * Emits metrics as one line of CloudWatch's embedded format, which costs no request, per stream: alarms and bills are the same for a
 * hundred tenants as for one. The tenant and `facts` stand next to them in the log.
 */
export function emit(
  metrics: Metrics,
  { stage, stream, tenant }: Measures,
  measured: Measured,
  facts: Readonly<Record<string, string>> = {},
): void {
  const ofStream = { [MetricDimension.stage]: stage, [MetricDimension.stream]: stream };
  // Neither must stay from a stream that failed before.
  metrics.clearMetrics();
  metrics.clearDimensions();
  metrics.addDimensions(ofStream);
  // Not a dimension: CloudWatch bills every metric of every tenant, while the log that holds it is queried for nothing.
  metrics.addMetadata(MetricDimension.tenant, tenant);
  for (const [name, value] of measured) metrics.addMetric(name, unitOf(name), value);
  for (const [name, text] of Object.entries(facts)) metrics.addMetadata(name, text);
  metrics.publishStoredMetrics();
}

function unitOf(name: string): 'Milliseconds' | 'Seconds' | 'Bytes' | 'Count' {
  if (name.endsWith('Ms')) return 'Milliseconds';
  if (name.endsWith('Seconds')) return 'Seconds';
  return name.startsWith('Bytes') ? 'Bytes' : 'Count';
}
