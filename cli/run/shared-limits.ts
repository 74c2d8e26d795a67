import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import type { Clock } from '../../functions/engine/ports.ts';
import { createAdaptiveSemaphore } from '../../functions/http/rate/adaptive-semaphore.ts';
import { createRateLimiter } from '../../functions/http/rate/rate-limiter.ts';
import type { SharedLimits } from '../../functions/http/rate/shared-limits.ts';
import { sources } from '../../functions/sources/index.ts';

/**
 * The same limits for all streams of a source and tenant, which draw on one budget. Where the source names a budget, one request goes ahead
 * to learn what is left of it.
 */
export function sharedLimits(
  streams: readonly StreamConfiguration[],
  clock: Clock,
): (stream: StreamConfiguration) => SharedLimits {
  const known = new Map<string, SharedLimits>();
  return (stream) => {
    const sharing = streams.filter((other) => accountOf(other) === accountOf(stream));
    const together = sharing.reduce((sum, { concurrency }) => sum + concurrency, 0);
    const inFlightUnknown = sources[stream.definition.source].budget ? 1 : together;
    const limits = known.get(accountOf(stream)) ?? {
      rateLimiter: createRateLimiter({ clock, random: Math.random, inFlightUnknown }),
      atOnce: createAdaptiveSemaphore(),
    };
    known.set(accountOf(stream), limits);
    return limits;
  };
}

function accountOf({ definition, tenant }: StreamConfiguration): string {
  return `${definition.source} ${tenant}`;
}
