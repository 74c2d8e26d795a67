import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { StreamConfiguration } from '../../../contract/configuration/configuration.ts';
import { parseConfiguration } from '../../../contract/configuration/parse-configuration.ts';
import { parseObjectKey } from '../../../contract/layout.ts';
import type { StreamName } from '../../../contract/streams.ts';
import { fileCheckpoints } from '../../../functions/checkpoints/file-checkpoints.ts';
import { backfillStream, exportStream } from '../../../functions/engine/export-stream.ts';
import type { Clock, Ports, RunEvent } from '../../../functions/engine/ports.ts';
import { oversizedReference } from '../../../functions/engine/rows/oversized.ts';
import type { RunSummary, StreamSettings } from '../../../functions/engine/settings.ts';
import type { Span } from '../../../functions/engine/source.ts';
import { createHttp } from '../../../functions/http/create-http.ts';
import type { HttpLimits } from '../../../functions/http/transport/limits.ts';
import { openFileLake } from '../../../functions/lake/file/file-lake.ts';
import { gzipCodec } from '../../../functions/lake/gzip/gzip.ts';
import { sources } from '../../../functions/sources/index.ts';
import { listDialect } from '../../../functions/wiring/list-dialect.ts';
import type { Simulator } from '../../simulator/simulator.ts';

/** What a run over real HTTP and real files may be given. */
export interface LiveRun {
  /** The vendor: a simulator, or whatever else serves an address. */
  readonly simulator: Pick<Simulator, 'apiKey' | 'tenant' | 'since' | 'baseUrl'>;
  readonly stream: StreamName;
  readonly lake: string;
  /** Planning's now, epoch ms. */
  readonly now: number;
  readonly start?: string;
  readonly settings?: Partial<StreamSettings>;
  readonly configuration?: Readonly<Record<string, unknown>>;
  readonly timeLeftMs?: () => number;
  /** Instead of the real clock, whose waits are cut short. */
  readonly clock?: Clock;
  /** Uniform in [0, 1); the real one unless said otherwise. */
  readonly random?: () => number;
  readonly limits?: Partial<HttpLimits>;
  readonly signal?: AbortSignal;
  readonly observe?: (event: RunEvent) => void;
  readonly ports?: (ports: Ports) => Ports;
  readonly backfill?: Span;
  /** Of gzip; 1 unless said otherwise. */
  readonly level?: number;
}

/** One run of the real engine over the real adapters; waits are announced, not waited for, unless the clock is a real one. */
export async function liveRun(run: LiveRun): Promise<RunSummary> {
  const { simulator, stream, lake: folder, now } = run;
  const configured = configure(run);
  const { definition, tenant } = configured;
  const clock: Clock = run.clock ?? {
    planningNow: () => now,
    now: Date.now,
    timeLeftMs: run.timeLeftMs ?? (() => Number.POSITIVE_INFINITY),
    sleep: (ms, signal) => sleep(Math.min(ms, 5), signal),
  };
  const observe = run.observe ?? (() => undefined);
  const random = run.random ?? Math.random;
  const source = sources[definition.source];
  const http = createHttp({
    baseUrl: configured.baseUrl,
    path: configured.path,
    auth: configured.authHeader,
    credential: async () => simulator.apiKey,
    credentialLabel: configured.credential.label,
    stream,
    tenant,
    source,
    concurrency: configured.concurrency,
    version: 'test',
    clock,
    random,
    observe,
    reserve: configured.reserve,
    ...(run.limits ? { limits: run.limits } : {}),
  });
  const lake = await openFileLake(folder);
  const ports: Ports = {
    clock,
    fetchPage: http.fetchPage,
    traffic: http.stats,
    lake,
    codec: gzipCodec({ level: run.level ?? 1 }),
    checkpoints: fileCheckpoints(folder, {
      source: definition.source,
      stream,
      tenant,
      ...(run.backfill ? { backfill: run.backfill } : {}),
    }),
    random,
    newId: randomUUID,
    observe,
    signal: run.signal ?? new AbortController().signal,
  };
  const settings: StreamSettings = { ...configured, lake: folder, ...run.settings };
  const purpose = run.backfill ? 'backfill' : 'live';
  const dialect = listDialect(source, configured, purpose);
  try {
    const used = run.ports?.(ports) ?? ports;
    return run.backfill
      ? await backfillStream(settings, run.backfill, dialect, used)
      : await exportStream(settings, dialect, used);
  } finally {
    await http.close();
    await lake.close();
  }
}

function configure({ simulator, stream, start, configuration }: LiveRun): StreamConfiguration {
  const parsed = parseConfiguration({
    stage: 'test',
    lake: './lake',
    streams: [
      {
        stream,
        tenant: simulator.tenant,
        credential: 'env:SIMULATED_KEY',
        baseUrl: simulator.baseUrl(stream),
        start: start ?? new Date(simulator.since).toISOString(),
        ...configuration,
      },
    ],
  });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const [configured] = parsed.configuration.streams;
  if (!configured) throw new Error('one stream was configured');
  return configured;
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** A line of a lake, with the partition it lies in. */
export interface LakeLine {
  readonly dt: string | undefined;
  readonly line: string;
}

/** Every row of a table in a folder: of one that is too large for a line, the row itself instead of its stub. */
export async function lakeRows(folder: string, table: string): Promise<LakeLine[]> {
  const lines = await lakeLines(folder, table);
  const whole = lines.map(async ({ dt, line }) => {
    const reference = oversizedReference(Buffer.from(line));
    if (reference === undefined) return { dt, line };
    return { dt, line: gunzipSync(await readFile(join(folder, reference))).toString('utf8') };
  });
  return Promise.all(whole);
}

/** Every line of a table in a folder. */
export async function lakeLines(folder: string, table: string): Promise<LakeLine[]> {
  const names = await readdir(join(folder, table), { recursive: true }).catch(() => []);
  const lines: LakeLine[] = [];
  for (const name of names) {
    const place = parseObjectKey(join(table, name));
    if (!place) continue;
    const text = gunzipSync(await readFile(join(folder, table, name))).toString('utf8');
    for (const line of text.split('\n').slice(0, -1)) lines.push({ dt: place.dt, line });
  }
  return lines;
}
