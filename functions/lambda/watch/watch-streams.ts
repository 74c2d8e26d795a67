import type { DeployedStream } from '../../../contract/environment.ts';
import { Metric } from '../../../contract/metrics.ts';
import { isClockAhead } from '../../engine/checkpoint/clock-ahead.ts';
import { decodeCheckpoint } from '../../engine/checkpoint/codec.ts';
import type { Checkpoint } from '../../engine/checkpoint.ts';
import { errorText } from '../../engine/errors.ts';
import type { Telemetry } from '../../telemetry/open-telemetry.ts';
import { publicError } from '../../telemetry/public-error.ts';
import { emit, type Measured } from '../../telemetry/run-metrics.ts';
import { checkpointOf } from '../checkpoint-of.ts';

/** SSM takes as many names a call. */
const NAMES_PER_READING = 10;

/** What the watch works with. */
export interface WatchServices {
  readonly telemetry: Telemetry;
  readonly streams: readonly DeployedStream[];
  /** The texts of up to ten parameters; of one that is not there none. */
  readonly readParameters: (names: readonly string[]) => Promise<ReadonlyMap<string, string>>;
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
export async function watchStreams(services: WatchServices, now: number): Promise<void> {
  const { telemetry, readParameters } = services;
  const { stage } = telemetry;
  const enabled = services.streams.filter((stream) => stream.enabled);
  let failure: unknown;
  const tell = (stream: DeployedStream, error: unknown) => {
    failure ??= error;
    const { definition, tenant } = stream;
    const seen = error instanceof Error ? errorText(error) : 'unknown';
    telemetry.logger.error('unreadable', { event: 'unreadable', stream: definition.stream, tenant, error: seen });
  };
  for (let first = 0; first < enabled.length; first += NAMES_PER_READING) {
    const some = enabled.slice(first, first + NAMES_PER_READING);
    try {
      const texts = await readParameters(some.map((stream) => checkpointOf(stage, stream).name));
      for (const stream of some) {
        try {
          const checkpoint = decoded(texts, checkpointOf(stage, stream));
          const { definition, tenant } = stream;
          emit(telemetry.metrics, { stage, stream: definition.stream, tenant }, ages(checkpoint, now));
        } catch (error) {
          tell(stream, error);
        }
      }
    } catch (error) {
      for (const stream of some) tell(stream, error);
    }
  }
  if (failure !== undefined) throw publicError(failure);
}

function decoded(
  texts: ReadonlyMap<string, string>,
  { name, owner }: ReturnType<typeof checkpointOf>,
): Checkpoint | undefined {
  const text = texts.get(name);
  return text === undefined ? undefined : decodeCheckpoint(text, name, owner);
}
