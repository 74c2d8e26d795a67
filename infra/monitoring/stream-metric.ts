import type { Duration } from 'aws-cdk-lib';
import { Metric as CloudWatchMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { type Metric, MetricDimension, metricNamespace } from '../../contract/metrics.ts';
import type { StreamName } from '../../contract/streams.ts';

/** Names of the metrics that functions emit. */
export type MetricName = (typeof Metric)[keyof typeof Metric];

/**
 * A metric over all tenants of a stream: the series without a tenant, to which every run adds its own values. So alarms are as
 * many for a hundred tenants as for one (an alarm can look at ten series at most, and cannot search).
 */
export function streamMetric(of: {
  readonly stage: string;
  readonly stream: StreamName;
  readonly metric: MetricName;
  readonly statistic: 'Maximum' | 'Sum' | 'SampleCount';
  readonly period: Duration;
  /** For graphs. */
  readonly label?: string;
}): CloudWatchMetric {
  return new CloudWatchMetric({
    namespace: metricNamespace,
    metricName: of.metric,
    dimensionsMap: { [MetricDimension.stage]: of.stage, [MetricDimension.stream]: of.stream },
    statistic: of.statistic,
    period: of.period,
    ...(of.label !== undefined && { label: of.label }),
  });
}
