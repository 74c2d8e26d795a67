import { PublicError } from '../../telemetry/public-error.ts';
import { emitFailedInvocation } from '../../telemetry/run-metrics.ts';
import type { Services } from '../services.ts';

/**
 * Carries out an invocation, and counts it where it fails and says so. Lambda counts each failed invocation; those that this does not
 * count crashed.
 */
export async function countingFailures<T>(
  { telemetry, settings, time }: Pick<Services, 'telemetry' | 'settings' | 'time'>,
  carryOut: () => Promise<T>,
): Promise<T> {
  const startedAt = time.now();
  try {
    return await carryOut();
  } catch (error) {
    const [first] = settings.streams;
    if (first && error instanceof PublicError) {
      const { source } = first.definition;
      emitFailedInvocation(telemetry.metrics, { stage: telemetry.stage, source, startedAt });
    }
    throw error;
  }
}
