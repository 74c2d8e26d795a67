import type { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Metric } from '../../contract/metrics.ts';
import type { StreamName } from '../../contract/streams.ts';
import { EXPORT_MEMORY_SIZE, EXPORT_STORAGE_SIZE } from '../handler/export-function.ts';
import { type MetricName, streamMetric } from './stream-metric.ts';

/**
 * List prices of us-east-1, November 2026, USD: a GB-second of Lambda on arm64 (and of its
 * `/tmp`, of which 512 MB are free), and a PUT of S3. Free tiers and discounts are left out.
 */
const PRICES = { gbSecond: 0.0000133334, storageGbSecond: 0.0000000309, put: 0.000005 } as const;

const BILLED_STORAGE_GB = EXPORT_STORAGE_SIZE.toMebibytes() / 1024 - 0.5;

/** An object is a PUT for every 8 MB and two more; its size is seldom above one part. */
const PUTS_PER_OBJECT = 2;

/** What a stream's runs cost in a period, USD, without what Athena scans and what storage costs. */
export function estimatedCost(stage: string, stream: StreamName, period: Duration): MathExpression {
  const sum = (metricName: MetricName) => streamMetric({ stage, stream, metricName, statistic: 'Sum', period });
  const perMs = ((EXPORT_MEMORY_SIZE / 1024) * PRICES.gbSecond + BILLED_STORAGE_GB * PRICES.storageGbSecond) / 1000;
  const own = stream.replace('.', '_'); // ids are unique in a widget
  return new MathExpression({
    label: stream,
    expression: `FILL(ms_${own}, 0) * ${perMs.toFixed(14)} + FILL(puts_${own}, 0) * ${(PUTS_PER_OBJECT * PRICES.put).toFixed(6)}`,
    usingMetrics: { [`ms_${own}`]: sum(Metric.runMs), [`puts_${own}`]: sum(Metric.objectsWritten) },
    period,
  });
}
