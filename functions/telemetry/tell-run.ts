import { errorCode } from '../engine/errors.ts';
import { runReport } from '../engine/run/report.ts';
import type { RunSummary } from '../engine/settings.ts';
import type { LogSubject } from './log-event.ts';
import type { Telemetry } from './open-telemetry.ts';
import { emit, runMetrics } from './run-metrics.ts';

/** Tells of a run that ended: its report as one line of the log, and its metrics. */
export function tellRun({ stage, logger, metrics }: Telemetry, subject: LogSubject, summary: RunSummary): void {
  const { objects, ...report } = runReport(summary);
  const bytesWritten = summary.objects.reduce((sum, { bytes }) => sum + bytes, 0);
  const line = { ...report, ...subject, event: 'run-ended', objectsWritten: summary.objects.length, bytesWritten };
  if (summary.error) logger.error('run-ended', line);
  else logger.info('run-ended', line);
  const { stream, tenant, runId, outcome, purpose } = summary;
  const code = summary.error ? { errorCode: errorCode(summary.error) } : {};
  emit(metrics, { stage, stream, tenant }, runMetrics(summary), { runId, outcome, purpose, ...code });
}
