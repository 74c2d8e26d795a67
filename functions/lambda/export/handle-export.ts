import type { BackfillLeft } from '../../../contract/backfill.ts';
import { publicError } from '../../telemetry/public-error.ts';
import type { Invocation } from '../invocation.ts';
import type { Services } from '../services.ts';
import { type Asked, readExportRequest } from './export-request.ts';
import type { LiveResult } from './run-live.ts';

/**
 * Between two starts. A run writes two checkpoints, and SSM grants an AWS account three writes a second unless it is told to grant more: five
 * streams whose tenants start by this measure write 2.5 times a second, so that no run waits for SSM, which would cost what a waiting run costs.
 */
const START_EVERY_MS = 4_000;
/** Of the invocation's time, for all starts together: more tenants than that takes start closer together, and wait. */
const SHARE_FOR_STARTS = 0.5;

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
  await startEach(started, request, invocation, services);
  const { stream } = request;
  services.telemetry.logger.info('fanned-out', {
    event: 'fanned-out',
    stream,
    requestId: invocation.awsRequestId,
    started,
  });
  return { stream, started };
}

/** Starts them one after the other, spread over time. One that cannot be started keeps none of the others from it. */
async function startEach(
  tenants: readonly string[],
  request: Asked['request'],
  invocation: Invocation,
  { invoke, time }: Services,
): Promise<void> {
  const everyMs = Math.min(START_EVERY_MS, (invocation.getRemainingTimeInMillis() * SHARE_FOR_STARTS) / tenants.length);
  const failures: unknown[] = [];
  for (const [n, tenant] of tenants.entries()) {
    if (n > 0) await time.sleep(everyMs);
    await invoke(invocation.functionName, { ...request, tenant }).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw publicError(failures[0]);
}

function understand(event: unknown, { settings }: Services): Asked {
  try {
    return readExportRequest(event, settings);
  } catch (error) {
    throw publicError(error);
  }
}
