import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import type { Clock } from '../../functions/engine/ports.ts';
import { createPacer, type Pacer } from '../../functions/http/rate/rate-limiter.ts';
import { sources } from '../../functions/sources/index.ts';

/**
 * One pacer for all streams of a source and tenant, which draw on one budget. Of their reserves the largest holds. Where the
 * source names a budget, one request goes ahead to learn what is left of it.
 */
export function sharedPacers(
  streams: readonly StreamConfiguration[],
  clock: Clock,
): (stream: StreamConfiguration) => Pacer {
  const pacers = new Map<string, Pacer>();
  return (stream) => {
    const sharing = streams.filter((other) => accountOf(other) === accountOf(stream));
    const reserve = Math.max(...sharing.map((other) => other.reserve));
    const together = sharing.reduce((sum, { concurrency }) => sum + concurrency, 0);
    const blindFlights = sources[stream.definition.source].budget ? 1 : together;
    const pacer = pacers.get(accountOf(stream)) ?? createPacer({ clock, random: Math.random, reserve, blindFlights });
    pacers.set(accountOf(stream), pacer);
    return pacer;
  };
}

function accountOf({ definition, tenant }: StreamConfiguration): string {
  return `${definition.source} ${tenant}`;
}
