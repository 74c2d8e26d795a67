import type { Duration } from 'aws-cdk-lib';
import { Metric as CloudWatchMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE, type Metric, MetricDimension } from '../../contract/metrics.ts';
import type { StreamName } from '../../contract/streams.ts';

/** Names of the metrics that functions emit. */
export type MetricName = (typeof Metric)[keyof typeof Metric];

/** How values within a period become one. */
export type MetricStatistic = 'Maximum' | 'Sum' | 'SampleCount';

/** One metric of one stream. */
export interface StreamMetricProps {
  /** Value of the first dimension. */
  readonly stage: string;
  /** Value of the second dimension. */
  readonly stream: StreamName;
  /** Its name, as functions emit it. */
  readonly metricName: MetricName;
  /** How values within a period become one. */
  readonly statistic: MetricStatistic;
  /** How long a period is. */
  readonly period: Duration;
  /**
   * What a graph calls it.
   * @default - CloudWatch's choice
   */
  readonly label?: string;
}

/**
 * A metric over all tenants of a stream: the series without a tenant, to which every run adds its own values. So alarms are as
 * many for a hundred tenants as for one (an alarm can look at ten series at most, and cannot search).
 */
export function streamMetric(props: StreamMetricProps): CloudWatchMetric {
  const { stage, stream, metricName, statistic, period, label } = props;
  return new CloudWatchMetric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { [MetricDimension.stage]: stage, [MetricDimension.stream]: stream },
    statistic,
    period,
    ...(label !== undefined && { label }),
  });
}
