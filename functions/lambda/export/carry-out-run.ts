import type { DeployedStream } from '../../../contract/environment.ts';
import { asError, ConvlakeError, errorText } from '../../engine/errors.ts';
import type { CheckpointStore, RunEvent } from '../../engine/ports.ts';
import { summaryWithoutRun } from '../../engine/run/summary.ts';
import type { RunSummary } from '../../engine/settings.ts';
import type { S3Lake } from '../../lake/s3/s3-lake.ts';
import { type LogSubject, logEvent } from '../../telemetry/log-event.ts';
import { publicError } from '../../telemetry/public-error.ts';
import { runEvents } from '../../telemetry/run-events.ts';
import { tellRun } from '../../telemetry/tell-run.ts';
import { beforeDeadline, endRequestsAfterMs } from '../../wiring/deadline.ts';
import { runClock } from '../../wiring/run-clock.ts';
import { type WiredRun, wireRun } from '../../wiring/wire-run.ts';
import type { Invocation } from '../invocation.ts';
import type { Services } from '../services.ts';

/** A run to be carried out. */
export interface RunOrder {
  readonly stream: DeployedStream;
  readonly purpose: RunSummary['purpose'];
  readonly checkpoints: CheckpointStore;
  readonly planningNowMs: number | undefined;
  readonly act: (wired: WiredRun) => Promise<RunSummary>;
}

/**
 * Carries out one run and tells of it in the log, in metrics and to EventBridge, however it ends.
 * @throws Error for a run that failed, after it was told; without anything that must not be logged
 */
export async function carryOutRun(order: RunOrder, invocation: Invocation, services: Services): Promise<RunSummary> {
  const { stream, purpose, checkpoints, planningNowMs } = order;
  const { tenant, definition } = stream;
  const subject: LogSubject = { stream: definition.stream, tenant, requestId: invocation.awsRequestId };
  const remainingMs = () => invocation.getRemainingTimeInMillis();
  const clock = runClock(services.time, remainingMs, planningNowMs);
  const startedAt = clock.now();
  const { credentialOf } = await services.parameters();
  const lake = services.openLake();
  const nearlyOver = new ConvlakeError('interrupted', 'stop-run', 'the invocation is nearly out of time');
  const deadline = { afterMs: endRequestsAfterMs(remainingMs()), reason: nearlyOver };
  const summary = await beforeDeadline(services.time, deadline, async (signal) => {
    const own = { purpose, lake, lakeName: services.settings.lake, clock, signal, checkpoints };
    const observe = (event: RunEvent) => logEvent(services.telemetry, subject, event);
    const host = { ...services, gzipLevel: services.settings.gzipLevel };
    const wired = wireRun(stream, host, { ...own, credential: credentialOf(stream), observe });
    try {
      return await order.act(wired);
    } catch (error) {
      const known = { purpose, outcome: 'failed', startedAt, tookMs: clock.now() - startedAt } as const;
      return summaryWithoutRun(stream, { ...known, error: asError(error) });
    } finally {
      await wired.close();
    }
  });
  tellRun(services.telemetry, subject, summary);
  await sendEvents(summary, lake, services, subject);
  if (summary.error) throw publicError(summary.error);
  return summary;
}

/** S3's own events tell of the objects too, so an event that is not sent fails no run. */
async function sendEvents(summary: RunSummary, lake: S3Lake, services: Services, subject: LogSubject): Promise<void> {
  const { stage, bucket, prefix } = services.settings;
  try {
    await services.sendEvents(runEvents(stage, summary, { bucket, prefix, lastCommit: lake.lastCommit }));
  } catch (error) {
    const seen = error instanceof ConvlakeError ? errorText(error) : error instanceof Error ? error.name : 'unknown';
    services.telemetry.logger.warn('warning', {
      ...subject,
      event: 'warning',
      warning: `the run's event was not sent (${seen})`,
    });
  }
}
