import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { ConvlakeError } from '../../functions/engine/errors.ts';
import { backfillStream, exportStream } from '../../functions/engine/export-stream.ts';
import { inParallel } from '../../functions/engine/in-parallel.ts';
import type { Clock, RunEvent } from '../../functions/engine/ports.ts';
import type { Span } from '../../functions/engine/source.ts';
import type { Prepared } from '../options/prepare.ts';
import { StreamProgress } from '../output/stream-progress.ts';
import type { Watch } from '../output/watch.ts';
import { nameOf } from '../output/words.ts';
import { settingsOf } from './settings-of.ts';
import { type Storage, storageOf } from './storage.ts';
import { resultOf, resultWithoutRun, type StreamResult } from './stream-result.ts';
import { type Shared, sharedPacers, wireStream } from './wire-stream.ts';

/** Each run holds up to 64 MB of rows that are not committed yet, so the number of runs side by side bounds the memory. */
const RUNS_AT_ONCE = 8;

const disabled = { outcome: 'skipped', notes: ['skipped, since the configuration says "enabled": false'] } as const;

/** What is to be done with every stream. */
export interface Work extends Prepared {
  /** The past span to read; undefined for what is new and what may have changed. */
  readonly span?: Span;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly environment: Shared['environment'];
  readonly watch: Watch;
  /** Told of each result as soon as it is there. */
  readonly ended: (result: StreamResult) => void;
}

/**
 * Runs the streams side by side. One that fails does not stop the others.
 * @returns the results in the order of the streams
 */
export async function runStreams(work: Work): Promise<readonly StreamResult[]> {
  const { streams, clock, signal, environment, configuration } = work;
  const storage = await storageOf(configuration);
  const results = new Map<StreamConfiguration, StreamResult>();
  const end = (stream: StreamConfiguration, result: StreamResult) => {
    results.set(stream, result);
    work.watch.ended(stream, result);
    work.ended(result);
  };
  const enabled = streams.filter((stream) => stream.enabled);
  for (const stream of streams) if (!stream.enabled) end(stream, resultWithoutRun(stream, disabled));

  const lake = await storage.open().catch((error: unknown) => asError(error));
  if (lake instanceof Error) {
    for (const stream of enabled) end(stream, failed(stream, lake, work.watch));
  } else {
    const shared: Shared = { lake, clock, signal, environment, pacerOf: sharedPacers(enabled, clock) };
    try {
      await inParallel(enabled, RUNS_AT_ONCE, async (stream) =>
        end(stream, await runStream(stream, work, storage, shared)),
      );
    } finally {
      await lake.close();
    }
  }
  return streams.flatMap((stream) => results.get(stream) ?? []);
}

async function runStream(
  stream: StreamConfiguration,
  { span, clock, watch, configuration, lookbackMs }: Work,
  storage: Storage,
  shared: Shared,
): Promise<StreamResult> {
  const progress = new StreamProgress(clock.now());
  const observe = (event: RunEvent) => {
    progress.take(event, clock.now());
    if (event.event === 'warning') watch.say(event.message);
    watch.moved(stream);
  };
  const { source, stream: name } = stream.definition;
  const owner = { source, stream: name, tenant: stream.tenant };
  const checkpoints = storage.checkpoints(span ? { ...owner, backfill: span } : owner);
  let requests = () => 0;
  try {
    watch.began(stream, progress);
    const wired = wireStream(stream, shared, { purpose: span ? 'backfill' : 'live', checkpoints, observe });
    requests = () => wired.http.stats().requests;
    const settings = settingsOf(stream, configuration.lake, lookbackMs);
    try {
      const summary = span
        ? await backfillStream(settings, span, wired.dialect, wired.ports)
        : await exportStream(settings, wired.dialect, wired.ports);
      return resultOf(summary, requests());
    } finally {
      await wired.http.close();
    }
  } catch (error) {
    const { error: cause, ...rest } = failed(stream, asError(error), watch);
    return { ...rest, ...progress.soFar(clock.now()), requests: requests(), ...(cause ? { error: cause } : {}) };
  }
}

/** A result for an error that no summary holds. One that is not ours is a bug, whose stack somebody needs to mend it. */
function failed(stream: StreamConfiguration, error: Error, watch: Watch): StreamResult {
  if (!(error instanceof ConvlakeError)) watch.say(`${nameOf(stream)}: unexpected ${error.stack ?? error.message}`);
  return resultWithoutRun(stream, { outcome: 'failed', error });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
