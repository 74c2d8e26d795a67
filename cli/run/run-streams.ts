import { randomUUID } from 'node:crypto';
import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { asError, ConvlakeError } from '../../functions/engine/errors.ts';
import { backfillStream, exportStream } from '../../functions/engine/export-stream.ts';
import { inParallel } from '../../functions/engine/in-parallel.ts';
import type { Clock, RunEvent } from '../../functions/engine/ports.ts';
import { leaveReport } from '../../functions/engine/run/report.ts';
import { summaryWithoutRun } from '../../functions/engine/run/summary.ts';
import type { Outcome } from '../../functions/engine/settings.ts';
import type { Span } from '../../functions/engine/source.ts';
import { createByteBudget } from '../../functions/http/transport/byte-budget.ts';
import { BODIES_BYTES } from '../../functions/http/transport/limits.ts';
import { openCredential } from '../../functions/wiring/open-credential.ts';
import { type WiredRun, wireRun } from '../../functions/wiring/wire-run.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Prepared } from '../options/prepare.ts';
import type { ProgressView } from '../output/progress-view.ts';
import { StreamProgress } from '../output/stream-progress.ts';
import { nameOf } from '../output/words.ts';
import { sharedLimits } from './shared-limits.ts';
import { type OpenLake, type Storage, storageOf } from './storage.ts';
import { resultOf, type StreamResult } from './stream-result.ts';

/** Each run holds up to 64 MB of rows that are not committed yet, so the number of runs side by side bounds the memory. */
const RUNS_AT_ONCE = 8;

/** Where no `--time-limit` bounds it, a run gives up on a vendor that has not given a page for so long; the next one goes on. */
const PATIENCE_MS = 15 * 60_000;

/** zlib's own default. */
const GZIP_LEVEL = 6;
const HOST = {
  version: packageJson.version,
  random: Math.random,
  newId: randomUUID,
  gzipLevel: GZIP_LEVEL,
  bodies: createByteBudget(BODIES_BYTES),
} as const;

/** What the runs of one command share. */
interface Shared {
  readonly storage: Storage;
  readonly lake: OpenLake;
  readonly limitsOf: ReturnType<typeof sharedLimits>;
}

/** What is to be done with every stream. */
export interface Work extends Prepared {
  /** The past span to read; undefined for what is new and what may have changed. */
  readonly span?: Span;
  /** True for a backfill that is to begin at its beginning. */
  readonly anew?: boolean;
  /** True for a backfill that fetches details again which are held. */
  readonly refetch?: boolean;
  /** What stands between a run and what it is wired to; nothing unless given. */
  readonly around?: (wired: WiredRun, stream: StreamConfiguration) => WiredRun;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly view: ProgressView;
  /** Told of each result as soon as it is there. */
  readonly ended: (result: StreamResult) => void;
}

/**
 * Runs the streams side by side. One that fails does not stop the others.
 * @returns the results in the order of the streams
 */
export async function runStreams(work: Work): Promise<readonly StreamResult[]> {
  const { streams, clock, configuration } = work;
  const storage = await storageOf(configuration);
  const results = new Map<StreamConfiguration, StreamResult>();
  const end = (stream: StreamConfiguration, result: StreamResult) => {
    results.set(stream, result);
    work.view.ended(stream, result);
    work.ended(result);
  };
  const enabled = streams.filter((stream) => stream.enabled);
  for (const stream of streams) if (!stream.enabled) end(stream, disabled(stream, work));

  const lake = await storage.open().catch(asError);
  if (lake instanceof Error) {
    for (const stream of enabled) end(stream, failed(stream, work, lake));
  } else {
    const shared: Shared = { storage, lake, limitsOf: sharedLimits(enabled, clock) };
    try {
      await inParallel(enabled, RUNS_AT_ONCE, async (stream) => end(stream, await runStream(stream, work, shared)));
    } finally {
      await lake.close();
    }
  }
  return streams.flatMap((stream) => results.get(stream) ?? []);
}

async function runStream(stream: StreamConfiguration, work: Work, shared: Shared): Promise<StreamResult> {
  const { span, anew, clock, view, typed, around = (wired) => wired } = work;
  const progress = new StreamProgress(clock.now());
  const observe = (event: RunEvent) => {
    progress.take(event, clock.now());
    if (event.event === 'warning') view.say(typed(event.message));
    view.moved(stream);
  };
  let requests = () => 0;
  try {
    view.began(stream, progress);
    const wired = wiredOr(() => around(wire(stream, work, shared, observe), stream));
    if (wired instanceof Error) return await failedBeforehand(stream, work, { lake: shared.lake, observe }, wired);
    const { settings, dialect, ports, close } = wired;
    requests = () => ports.traffic().requests;
    try {
      if (span && anew) await ports.checkpoints.remove();
      const summary = span
        ? await backfillStream(settings, span, dialect, ports)
        : await exportStream(settings, dialect, ports);
      return resultOf(summary);
    } finally {
      await close();
    }
  } catch (error) {
    const known = { ...progress.soFar(clock.now()), requests: requests() };
    return { ...failed(stream, work, asError(error)), ...known };
  }
}

function wire(
  stream: StreamConfiguration,
  { span, refetch = false, clock, signal, environment, configuration, lookbackMs, timeLimitMs }: Work,
  { storage, lake, limitsOf }: Shared,
  observe: (event: RunEvent) => void,
): WiredRun {
  const { definition, tenant } = stream;
  const owner = { source: definition.source, stream: definition.stream, tenant };
  return wireRun(stream, HOST, {
    purpose: span ? 'backfill' : 'live',
    lake,
    lakeName: configuration.lake,
    clock,
    signal,
    checkpoints: storage.checkpoints(span ? { ...owner, backfill: span } : owner),
    credential: openCredential(stream.credential, environment),
    observe,
    limits: limitsOf(stream),
    refetch,
    ...(timeLimitMs === undefined && { patienceMs: PATIENCE_MS }),
    ...(lookbackMs !== undefined && { askedLookbackMs: lookbackMs }),
  });
}

function wiredOr(act: () => WiredRun): WiredRun | ConvlakeError {
  try {
    return act();
  } catch (error) {
    if (error instanceof ConvlakeError) return error;
    throw error;
  }
}

/** A run that cannot begin, since its credential is missing, leaves a report as every run does that fails. */
async function failedBeforehand(
  stream: StreamConfiguration,
  work: Work,
  ports: Parameters<typeof leaveReport>[2],
  error: ConvlakeError,
): Promise<StreamResult> {
  const summary = summaryWithoutRun(stream, { ...begunNow(work, 'failed'), error, runId: HOST.newId() });
  // A run that something stands around writes nothing into the lake.
  if (!work.around) await leaveReport(stream.definition, summary, ports);
  return resultOf(summary);
}

function disabled(stream: StreamConfiguration, work: Work): StreamResult {
  const notes = ['skipped, since the configuration says "enabled": false'];
  return { ...resultOf(summaryWithoutRun(stream, begunNow(work, 'skipped'))), notes };
}

/** A result for an error that no summary holds. One that is not ours is a bug, and its stack is needed to fix it. */
function failed(stream: StreamConfiguration, work: Work, error: Error): StreamResult {
  if (!(error instanceof ConvlakeError)) {
    work.view.say(`${nameOf(stream)}: unexpected ${error.stack ?? error.message}`);
  }
  return resultOf(summaryWithoutRun(stream, { ...begunNow(work, 'failed'), error }));
}

function begunNow({ span, clock }: Work, outcome: Outcome) {
  return { purpose: span ? 'backfill' : 'live', outcome, startedAt: clock.now(), tookMs: 0 } as const;
}
