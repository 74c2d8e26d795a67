import type { BackfillLeft } from '../../../contract/events.ts';
import { inParallel } from '../../engine/in-parallel.ts';
import { publicError } from '../../telemetry/public-error.ts';
import type { Invocation } from '../invocation.ts';
import type { Services } from '../services.ts';
import { type Asked, readExportRequest } from './export-request.ts';
import type { LiveResult } from './run-live.ts';

/** Invocations that are started at the same time. */
const STARTS_AT_ONCE = 10;

/** What a request without a tenant returns where several are configured, or none is enabled. */
export interface FanOutResult {
  readonly stream: string;
  /** Tenants, each of which has an invocation of its own now. */
  readonly started: readonly string[];
}

/**
 * What an export function does with an event: one run, or one invocation of itself for each of several tenants.
 * @throws Error for a run that failed and for an event that is not understood, so that retries, dead letters and alarms do their work
 */
export async function handleExport(
  event: unknown,
  invocation: Invocation,
  services: Services,
): Promise<LiveResult | BackfillLeft | FanOutResult> {
  const asked = understand(event, services);
  const { request, tenants, span } = asked;
  const [first, ...others] = tenants;
  if (first && span) {
    const { runBackfill } = await import('./run-parts.ts');
    return runBackfill(first, span, asked, invocation, services);
  }
  // A tenant that was disabled after it was named is not read by any schedule.
  if (first && others.length === 0 && first.enabled) {
    const { runLive } = await import('./run-parts.ts');
    return runLive(first, asked, invocation, services);
  }
  const started = tenants.filter(({ enabled }) => enabled).map(({ tenant }) => tenant);
  await inParallel(started, STARTS_AT_ONCE, (tenant) =>
    services.invoke(invocation.functionName, { ...request, tenant }).catch((error: unknown) => {
      throw publicError(error);
    }),
  );
  const { stream } = request;
  services.telemetry.logger.info('fanned-out', {
    event: 'fanned-out',
    stream,
    requestId: invocation.awsRequestId,
    started,
  });
  return { stream, started };
}

function understand(event: unknown, { settings }: Services): Asked {
  try {
    return readExportRequest(event, settings.streams);
  } catch (error) {
    throw publicError(error);
  }
}
