import { isoInstant } from '../../../contract/instant.ts';
import { runReportKey } from '../../../contract/layout.ts';
import type { StreamDefinition } from '../../../contract/streams.ts';
import { errorCode, errorText } from '../errors.ts';
import type { Ports } from '../ports.ts';
import type { RunSummary } from '../settings.ts';

/** The report of a run as plain JSON: instants as ISO texts, spans in ms. No rows, and of an unknown error its name alone. */
export function runReport(summary: RunSummary): Readonly<Record<string, unknown>> {
  const { stream, tenant, runId, purpose, outcome, stoppedBy, left, error, startedAt, ...others } = summary;
  const { watermark, history, newestRowAt, ...counts } = others;
  return {
    runId,
    stream,
    tenant,
    purpose,
    outcome,
    stoppedBy,
    left,
    startedAt: isoInstant(startedAt),
    ...counts,
    watermark: watermark === undefined ? undefined : isoInstant(watermark),
    history: history && { from: isoInstant(history.from), to: isoInstant(history.to) },
    newestRowAt: newestRowAt === undefined ? undefined : isoInstant(newestRowAt),
    ...(error && { error: errorText(error), errorCode: errorCode(error) }),
  };
}

/** Writes the report next to the rows. Where that fails, the run only warns. */
export async function leaveReport(
  { source }: Pick<StreamDefinition, 'source'>,
  summary: RunSummary,
  { lake, observe }: Pick<Ports, 'lake' | 'observe'>,
): Promise<void> {
  const { stream, tenant, runId, startedAt } = summary;
  try {
    const date = isoInstant(startedAt).slice(0, 10);
    const key = runReportKey({ source, stream, tenant, date, runId });
    await lake.put(key, new TextEncoder().encode(`${JSON.stringify(runReport(summary))}\n`));
  } catch (error) {
    const seen = error instanceof Error ? errorText(error) : 'unexpected';
    observe({
      event: 'warning',
      message: `${stream} of ${tenant}: the report of run ${runId} could not be written: ${seen}`,
    });
  }
}
