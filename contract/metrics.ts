/** CloudWatch namespace of all metrics. */
export const METRIC_NAMESPACE = 'convlake';

/**
 * Stage and stream are the dimensions of every metric. The tenant is a field of the same log line, under this name, and no dimension:
 * CloudWatch charges 0.30 USD a month for every series, so that 5 streams of 100 tenants would cost 2,850 USD instead of 29, and alarms
 * need the series over all tenants anyway. The dashboard reads tenants from the log of the watch function.
 */
export const MetricDimension = { stage: 'Stage', stream: 'Stream', tenant: 'Tenant' } as const;

/** Metrics of a function as a whole. Their dimensions are the stage and, under this name, the source. */
export const FunctionMetric = {
  /** 1 for an invocation that failed and said why, at the time at which it began, as in Lambda's own count of errors. */
  failed: 'InvocationsFailed',
  dimension: 'Source',
} as const;

/** Metric names; units are in the names where they are not counts. */
export const Metric = {
  rowsRead: 'RowsRead',
  rowsNew: 'RowsNew',
  rowsChanged: 'RowsChanged',
  rowsUndated: 'RowsUndated',
  /** Rows of days that the stream's table does not show. */
  rowsOutsideTable: 'RowsOutsideTable',
  rowsOpen: 'RowsOpen',
  /** Rows too large for a line. */
  rowsOversized: 'RowsOversized',
  /** Of streams of details alone: those that came, and ids of which there is none, that failed, or that the vendor has erased or emptied. */
  detailsFetched: 'DetailsFetched',
  detailsGone: 'DetailsGone',
  detailsFailed: 'DetailsFailed',
  detailsErased: 'DetailsErased',
  detailsSuspicious: 'DetailsSuspicious',
  requests: 'Requests',
  objectsWritten: 'ObjectsWritten',
  bytesRead: 'BytesRead',
  throttledMs: 'ThrottledMs',
  runMs: 'RunMs',
  /** 1 for a run of the schedule that ended so, else 0. */
  failed: 'RunsFailed',
  outOfTime: 'RunsOutOfTime',
  /** 1 where a window held fewer rows than the vendor's own total. */
  unreconciled: 'RunsUnreconciled',
  /** From the watch function: now minus watermark. */
  freshnessSeconds: 'FreshnessSeconds',
  /** From the watch function: now minus the own time of the newest row. Not emitted during a first load. */
  newestRowAgeSeconds: 'NewestRowAgeSeconds',
  /** From the watch function: how long the re-read under way has lasted. */
  rereadAgeSeconds: 'RereadAgeSeconds',
  /** From the watch function: 1 where a watermark lies in the future, because a clock is or was wrong, else 0. */
  clockAhead: 'ClockAhead',
  /** From the watch function: 1 where a configured stream has no checkpoint. */
  neverRan: 'NeverRan',
} as const;
