import type { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Metric } from '../../contract/metrics.ts';
import type { StreamName } from '../../contract/streams.ts';
import { exportMemoryMiB } from '../handler/export-function.ts';
import { streamMetric } from './stream-metric.ts';

/**
 * List prices of us-east-1, November 2026, USD: a GB-second of Lambda on arm64 (with its 4 GB of `/tmp`, of which 512 MB are free,
 * at 0.0000000309 per GB-second), and a PUT of S3. Free tiers and discounts are left out.
 */
const prices = { gbSecond: 0.0000133334, temporaryGbSecond: 0.0000000309, put: 0.000005 } as const;

/** An object is a PUT for every 8 MB and two more; its size is seldom above one part. */
const putsPerObject = 2;

/** What a stream's runs cost in a period, USD. What Athena scans and what storage costs is not in it. */
export function estimatedCost(stage: string, stream: StreamName, period: Duration): MathExpression {
  const sum = (metric: 'RunMs' | 'ObjectsWritten') => streamMetric({ stage, stream, metric, statistic: 'Sum', period });
  const perMs = ((exportMemoryMiB / 1024) * prices.gbSecond + 3.5 * prices.temporaryGbSecond) / 1000;
  const own = stream.replace('.', '_'); // ids are unique in a widget
  return new MathExpression({
    label: stream,
    expression: `FILL(ms_${own}, 0) * ${perMs.toFixed(14)} + FILL(puts_${own}, 0) * ${(putsPerObject * prices.put).toFixed(6)}`,
    usingMetrics: { [`ms_${own}`]: sum(Metric.runMs), [`puts_${own}`]: sum(Metric.objectsWritten) },
    period,
  });
}
