import type { Clock, Codec, Lake, Ports } from '../engine/ports.ts';
import type { StreamSettings } from '../engine/settings.ts';
import type { Dialect, DialectSettings } from '../engine/source.ts';
import { createHttp, type OpenPool } from '../http/create-http.ts';
import type { Credential } from '../http/page/fetch-context.ts';
import type { SharedLimits } from '../http/rate/shared-limits.ts';
import type { ByteBudget } from '../http/transport/byte-budget.ts';
import { gzipCodec } from '../lake/gzip/gzip.ts';
import { sources } from '../sources/index.ts';
import { listDialect } from './list-dialect.ts';
import { type ConfiguredStream, streamSettings } from './stream-settings.ts';

/** What a host gives all its runs. */
export interface RunHost {
  /** Of convlake. */
  readonly version: string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A new id, unique for all time. */
  readonly newId: () => string;
  /** zlib's, for objects that are written. */
  readonly gzipLevel: number;
  /** The memory that the bodies of all its runs share while they are read; each run has its own unless told. */
  readonly bodies?: ByteBudget;
  /** Gzip and undici's connections, unless a simulation has its own. */
  readonly codec?: Codec;
  readonly openPool?: OpenPool;
  /** Of the engine's settings, unless a simulation has its own. */
  readonly oversizedBytes?: number;
}

/** What a run has of its own. */
export interface OwnRun {
  readonly purpose: DialectSettings['purpose'];
  readonly lake: Lake;
  /** The lake as the configuration names it. */
  readonly lakeName: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly checkpoints: Ports['checkpoints'];
  readonly credential: Credential;
  readonly observe: Ports['observe'];
  /** Those that runs share because one credential carries their requests; a run's own unless said otherwise. */
  readonly limits?: SharedLimits;
  /** How long a vendor is waited for that gives no page, ms; as long as the run's time reaches unless told. */
  readonly patienceMs?: number;
  /** How far back the caller asks to read again. */
  readonly askedLookbackMs?: number;
  /** The caller asks for details again that are held. */
  readonly refetch?: boolean;
}

/** A run that is ready to go. */
export interface WiredRun {
  readonly settings: StreamSettings;
  readonly dialect: Dialect;
  readonly ports: Ports;
  /** Closes the connections to the vendor. */
  close(): Promise<void>;
}

/** Gives a run of a stream everything that it needs from outside, on whatever host. */
export function wireRun(
  stream: ConfiguredStream & { readonly credential: { readonly label: string } },
  host: RunHost,
  own: OwnRun,
): WiredRun {
  const { definition, tenant } = stream;
  const source = sources[definition.source];
  const ambient = { clock: own.clock, random: host.random, observe: own.observe };
  const http = createHttp({
    ...ambient,
    stream: definition.stream,
    tenant,
    credentialLabel: stream.credential.label,
    credential: own.credential,
    baseUrl: stream.baseUrl,
    path: stream.path,
    auth: stream.authHeader,
    source,
    concurrency: stream.concurrency,
    version: host.version,
    reserve: stream.reserve,
    ...(own.limits && { shared: own.limits }),
    ...(host.bodies && { bodies: host.bodies }),
    ...(own.patienceMs !== undefined && { patienceMs: own.patienceMs }),
    ...(host.openPool && { openPool: host.openPool }),
  });
  return {
    settings: {
      ...streamSettings(stream, own.lakeName, own.askedLookbackMs),
      oversizedBytes: host.oversizedBytes,
      ...(own.refetch && { refetch: true }),
    },
    dialect: listDialect(source, stream, own.purpose),
    ports: {
      ...ambient,
      fetchPage: http.fetchPage,
      traffic: http.stats,
      lake: own.lake,
      codec: host.codec ?? gzipCodec({ level: host.gzipLevel, single: stream.gzip === 'single' }),
      checkpoints: own.checkpoints,
      newId: host.newId,
      signal: own.signal,
    },
    close: http.close,
  };
}
