import type { DeployedStream } from '../../../contract/environment.ts';
import { MOST_HOPS } from '../../../contract/environment.ts';
import type { ExportRequest } from '../../../contract/events.ts';
import { isoInstant } from '../../../contract/instant.ts';
import { exportStream } from '../../engine/export-stream.ts';
import type { RunSummary } from '../../engine/settings.ts';
import type { Invocation } from '../invocation.ts';
import type { Services } from '../services.ts';
import { carryOutRun } from './carry-out-run.ts';
import type { Asked } from './export-request.ts';

/** What a live run returns, for people who look at an invocation by hand. */
export interface LiveResult {
  readonly stream: string;
  readonly tenant: string;
  readonly outcome: RunSummary['outcome'];
  readonly watermark: string | null;
  /** Whether it started another invocation that goes on. */
  readonly continued: boolean;
}

/**
 * Reads what is new and what may have changed, under a claim that keeps others out until the invocation has ended, and goes on
 * in another invocation where its own time did not reach.
 * @throws Error for a run that failed
 */
export async function runLive(
  stream: DeployedStream,
  { request, planningNowMs }: Pick<Asked, 'request' | 'planningNowMs'>,
  invocation: Invocation,
  services: Services,
): Promise<LiveResult> {
  const claiming = {
    run: invocation.awsRequestId,
    until: services.time.now() + invocation.getRemainingTimeInMillis(),
    continues: request.continues,
  };
  const { checkpointsOf } = await services.parameters();
  const checkpoints = checkpointsOf(stream, () => invocation.getRemainingTimeInMillis());
  const summary = await carryOutRun(
    {
      stream,
      purpose: 'live',
      checkpoints,
      planningNowMs,
      act: ({ settings, dialect, ports }) => exportStream(settings, dialect, ports, claiming),
    },
    invocation,
    services,
  );
  const { tenant, outcome, watermark } = summary;
  const next = continuation(request, summary, invocation.awsRequestId);
  return {
    stream: summary.stream,
    tenant,
    outcome,
    watermark: watermark === undefined ? null : isoInstant(watermark),
    continued: next !== undefined && (await goOn(next, invocation, services)),
  };
}

/**
 * The request with which a run that is out of its own time goes on. A vendor that asks to wait is left alone until the next
 * schedule; so is what is still left after very many hops.
 */
export function continuation(
  request: ExportRequest,
  summary: RunSummary,
  requestId: string,
): ExportRequest | undefined {
  const { outcome, stoppedBy, tenant } = summary;
  const hop = (request.hop ?? 0) + 1;
  if (outcome !== 'out of time' || stoppedBy === 'vendor' || hop > MOST_HOPS) return undefined;
  return { ...request, tenant, hop, continues: requestId };
}

/** The next schedule goes on from the checkpoint too, so a call that is lost fails no run. */
async function goOn(next: ExportRequest, { functionName }: Invocation, services: Services): Promise<boolean> {
  try {
    await services.invoke(functionName, next);
    return true;
  } catch (error) {
    const { stream, tenant, continues: requestId } = next;
    const warning = `the invocation that goes on could not be started (${error instanceof Error ? error.name : 'unknown'}); the next schedule goes on`;
    services.telemetry.logger.warn('warning', { stream, tenant, requestId, event: 'warning', warning });
    return false;
  }
}
