import type { DeployedStream } from '../../../contract/environment.ts';
import { ConvlakeError, errorText } from '../../engine/errors.ts';
import type { CheckpointStore } from '../../engine/ports.ts';
import type { RunSummary } from '../../engine/settings.ts';
import type { S3Lake } from '../../lake/s3/s3-lake.ts';
import type { LogSubject } from '../../telemetry/log-event.ts';
import { publicError } from '../../telemetry/public-error.ts';
import { runEvents } from '../../telemetry/run-events.ts';
import { tellRun } from '../../telemetry/tell-run.ts';
import type { Invocation } from '../invocation.ts';
import { beforeDeadline, lambdaClock } from '../lambda-clock.ts';
import type { Services } from '../services.ts';
import { type WiredRun, wireRun } from '../wire-run.ts';

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
  const clock = lambdaClock(services.time, remainingMs, planningNowMs);
  const startedAt = clock.now();
  const { credentialOf } = await services.parameters();
  const credential = credentialOf(stream);
  const ended = await beforeDeadline(services.time, remainingMs, async (signal) => {
    const wired = wireRun(stream, services, { purpose, clock, signal, checkpoints, credential, subject });
    try {
      return { summary: await order.act(wired), lake: wired.lake };
    } catch (error) {
      return { summary: failedRun(order, error, { startedAt, tookMs: clock.now() - startedAt }), lake: wired.lake };
    } finally {
      await wired.close();
    }
  });
  tellRun(services.telemetry, subject, ended.summary);
  await sendEvents(ended.summary, ended.lake, services, subject);
  if (ended.summary.error) throw publicError(ended.summary.error);
  return ended.summary;
}

/** The summary of a run that threw, of which nothing more is known. */
function failedRun(
  { stream, purpose }: RunOrder,
  error: unknown,
  took: Pick<RunSummary, 'startedAt' | 'tookMs'>,
): RunSummary {
  return {
    stream: stream.definition.stream,
    tenant: stream.tenant,
    runId: 'none',
    purpose,
    outcome: 'failed',
    rows: { read: 0, new: 0, changed: 0, unchanged: 0, undated: 0, outsideTable: 0, open: 0 },
    pages: 0,
    windows: 0,
    requests: 0,
    throttledMs: 0,
    bytes: 0,
    objects: [],
    reconciled: true,
    watermark: undefined,
    freshnessMs: undefined,
    newestRowAt: undefined,
    ...took,
    error: error instanceof Error ? error : new Error('something was thrown that is no error', { cause: error }),
  };
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
