import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE } from '../../contract/metrics.ts';

/** What a function says to its operators. */
export interface Telemetry {
  readonly stage: string;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly metrics: Metrics;
}

/** Opens log and metrics of a function; both are lines on standard output. */
export function openTelemetry(stage: string): Telemetry {
  const logger = new Logger({ serviceName: 'convlake', persistentKeys: { stage } });
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: 'convlake' });
  // Powertools' own dimension `service` would make series that no alarm looks at.
  metrics.clearDefaultDimensions();
  return { stage, logger, metrics };
}
