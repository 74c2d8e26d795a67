import type { BackfillLeft } from '../../../contract/backfill.ts';
import type { DeployedStream } from '../../../contract/environment.ts';
import { isoInstant } from '../../../contract/instant.ts';
import { ConvlakeError } from '../../engine/errors.ts';
import { backfillStream } from '../../engine/export-stream.ts';
import type { Span } from '../../engine/source.ts';
import { publicError } from '../../telemetry/public-error.ts';
import type { Invocation } from '../invocation.ts';
import type { Services } from '../services.ts';
import { carryOutRun } from './carry-out-run.ts';
import type { Asked } from './export-request.ts';
import { memoryCheckpoint } from './memory-checkpoint.ts';

/**
 * Reads a past span, as far as the invocation's time reaches, and returns what is left of it. The live checkpoint is neither read
 * nor written, and no claim taken or honoured: commits alongside a live run lose nothing.
 * @throws Error for a run that failed, and where a vendor asked to wait before anything was read: asking again at once would
 * not help
 */
export async function runBackfill(
  configured: DeployedStream,
  span: Span,
  { request, planningNowMs }: Pick<Asked, 'request' | 'planningNowMs'>,
  invocation: Invocation,
  services: Services,
): Promise<BackfillLeft> {
  // Spans are read side by side already, as many as a vendor's budget takes.
  const windowMs = Math.min(configured.windowMs, request.windowMs ?? Number.POSITIVE_INFINITY);
  const stream = { ...configured, windowMs, concurrency: 1 };
  const { refetch = false } = request;
  const { store, last } = memoryCheckpoint();
  const summary = await carryOutRun(
    {
      stream,
      purpose: 'backfill',
      checkpoints: store,
      planningNowMs,
      act: ({ settings, dialect, ports }) => backfillStream({ ...settings, refetch }, span, dialect, ports),
    },
    invocation,
    services,
  );
  const done = summary.outcome === 'caught up';
  const from = done ? span.to : (summary.watermark ?? span.from);
  if (!done && summary.stoppedBy === 'vendor' && from === span.from) throw publicError(vendorWaits(stream));
  return {
    lake: services.settings.lake,
    stream: summary.stream,
    tenant: summary.tenant,
    from: isoInstant(from),
    to: isoInstant(span.to),
    windowMs: last()?.window ?? windowMs,
    ...(refetch && { refetch }),
    done,
  };
}

function vendorWaits({ definition, tenant }: DeployedStream): ConvlakeError {
  return new ConvlakeError(
    'vendor-wait',
    'retry',
    `${definition.stream} of ${tenant}: the vendor asks to wait longer than an invocation lasts; try again later`,
  );
}
