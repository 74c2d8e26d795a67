import type { DeployedStream } from '../../../contract/environment.ts';
import { Metric } from '../../../contract/metrics.ts';
import { isClockAhead } from '../../engine/checkpoint/clock-ahead.ts';
import type { Checkpoint } from '../../engine/checkpoint.ts';
import { errorText } from '../../engine/errors.ts';
import { inParallel } from '../../engine/in-parallel.ts';
import type { CheckpointStore } from '../../engine/ports.ts';
import type { Telemetry } from '../../telemetry/open-telemetry.ts';
import { publicError } from '../../telemetry/public-error.ts';
import { emit, type Measured } from '../../telemetry/run-metrics.ts';

/** SSM takes 40 GetParameter calls a second per AWS account, unless the account asked for more. */
const READS_AT_ONCE = 5;

/** What the watch works with. */
export interface WatchServices {
  readonly telemetry: Telemetry;
  readonly streams: readonly DeployedStream[];
  readonly checkpointsOf: (stream: DeployedStream) => Pick<CheckpointStore, 'read'>;
}

/** What a checkpoint tells of a stream at `now` (epoch ms); nothing is emitted of what it does not know. */
export function ages(checkpoint: Checkpoint | undefined, now: number): Measured {
  if (!checkpoint) return new Map([[Metric.neverRan, 1]]);
  const { watermark, newestRow, rereadFrom, reread } = checkpoint;
  const secondsSince = (at: number) => Math.max(0, Math.round((now - at) / 1000));
  // Of a first load the newest row is old because it has not come farther yet.
  const firstLoad = rereadFrom === undefined;
  const lasting = reread ? reread.since : now;
  return new Map([
    [Metric.neverRan, 0],
    [Metric.freshnessSeconds, secondsSince(watermark)],
    [Metric.clockAhead, isClockAhead(watermark, now) ? 1 : 0],
    ...(newestRow === undefined || firstLoad ? [] : ([[Metric.newestRowAgeSeconds, secondsSince(newestRow)]] as const)),
    ...(lasting === undefined ? [] : ([[Metric.rereadAgeSeconds, secondsSince(lasting)]] as const)),
  ]);
}

/**
 * Looks at the checkpoint of every enabled stream and tenant, and emits how old what they know is.
 * @throws Error when one could not be read, after all others were
 */
export async function watchStreams({ telemetry, streams, checkpointsOf }: WatchServices, now: number): Promise<void> {
  let failure: unknown;
  await inParallel(
    streams.filter(({ enabled }) => enabled),
    READS_AT_ONCE,
    async (configured) => {
      const { tenant, definition } = configured;
      try {
        const checkpoint = await checkpointsOf(configured).read();
        emit(telemetry.metrics, { stage: telemetry.stage, stream: definition.stream, tenant }, ages(checkpoint, now));
      } catch (error) {
        failure ??= error;
        const seen = error instanceof Error ? errorText(error) : 'unknown';
        telemetry.logger.error('unreadable', { event: 'unreadable', stream: definition.stream, tenant, error: seen });
      }
    },
  );
  if (failure !== undefined) throw publicError(failure);
}
