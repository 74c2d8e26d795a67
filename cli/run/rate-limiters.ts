import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import type { Clock } from '../../functions/engine/ports.ts';
import { createRateLimiter, type RateLimiter } from '../../functions/http/rate/rate-limiter.ts';
import { sources } from '../../functions/sources/index.ts';

/**
 * One rate limiter for all streams of a source and tenant, which draw on one budget. Of their reserves the largest holds. Where the
 * source names a budget, one request goes ahead to learn what is left of it.
 */
export function sharedRateLimiters(
  streams: readonly StreamConfiguration[],
  clock: Clock,
): (stream: StreamConfiguration) => RateLimiter {
  const rateLimiters = new Map<string, RateLimiter>();
  return (stream) => {
    const sharing = streams.filter((other) => accountOf(other) === accountOf(stream));
    const reserve = Math.max(...sharing.map((other) => other.reserve));
    const together = sharing.reduce((sum, { concurrency }) => sum + concurrency, 0);
    const inFlightUnknown = sources[stream.definition.source].budget ? 1 : together;
    const rateLimiter =
      rateLimiters.get(accountOf(stream)) ??
      createRateLimiter({ clock, random: Math.random, reserve, inFlightUnknown });
    rateLimiters.set(accountOf(stream), rateLimiter);
    return rateLimiter;
  };
}

function accountOf({ definition, tenant }: StreamConfiguration): string {
  return `${definition.source} ${tenant}`;
}
