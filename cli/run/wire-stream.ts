import { randomUUID } from 'node:crypto';
import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import type { CheckpointStore, Clock, Lake, Ports, RunEvent } from '../../functions/engine/ports.ts';
import type { Dialect, DialectSettings } from '../../functions/engine/source.ts';
import { createHttp, type Http } from '../../functions/http/create-http.ts';
import { createPacer, type Pacer } from '../../functions/http/rate/rate-limiter.ts';
import { gzipCodec } from '../../functions/lake/gzip/gzip.ts';
import { sources } from '../../functions/sources/index.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { credentialOf } from './credential.ts';

/** zlib's own default. */
const GZIP_LEVEL = 6;

/** What the streams of one command share. */
export interface Shared {
  readonly lake: Lake;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly pacerOf: (stream: StreamConfiguration) => Pacer;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A stream that is ready to run. */
export interface WiredStream {
  readonly ports: Ports;
  readonly dialect: Dialect;
  readonly http: Http;
}

/** Gives a stream everything that it needs from outside. @throws ConvlakeError `credential-missing` */
export function wireStream(
  stream: StreamConfiguration,
  shared: Shared,
  own: {
    readonly purpose: DialectSettings['purpose'];
    readonly checkpoints: CheckpointStore;
    readonly observe: (event: RunEvent) => void;
  },
): WiredStream {
  const { definition, tenant, credential, pageSize } = stream;
  const source = sources[definition.source];
  const ambient = { clock: shared.clock, random: Math.random, observe: own.observe };
  const http = createHttp({
    ...ambient,
    stream: definition.stream,
    tenant,
    credentialLabel: credential.label,
    credential: credentialOf(stream, shared.environment),
    baseUrl: stream.baseUrl,
    path: stream.path,
    auth: stream.authHeader,
    source,
    concurrency: stream.concurrency,
    version: packageJson.version,
    reserve: stream.reserve,
    pacer: shared.pacerOf(stream),
  });
  const ports: Ports = {
    ...ambient,
    fetchPage: http.fetchPage,
    traffic: http.stats,
    lake: shared.lake,
    codec: gzipCodec({ level: GZIP_LEVEL }),
    checkpoints: own.checkpoints,
    newId: randomUUID,
    signal: shared.signal,
  };
  return { ports, http, dialect: source.dialect({ definition, pageSize, purpose: own.purpose }) };
}

/**
 * One pacer for all streams of a source and tenant, which draw on one budget. Of their reserves the largest holds. Where the
 * source names a budget, one request goes ahead to learn what is left of it.
 */
export function sharedPacers(
  streams: readonly StreamConfiguration[],
  clock: Clock,
): (stream: StreamConfiguration) => Pacer {
  const pacers = new Map<string, Pacer>();
  return (stream) => {
    const sharing = streams.filter((other) => accountOf(other) === accountOf(stream));
    const reserve = Math.max(...sharing.map((other) => other.reserve));
    const together = sharing.reduce((sum, { concurrency }) => sum + concurrency, 0);
    const blindFlights = sources[stream.definition.source].budget ? 1 : together;
    const pacer = pacers.get(accountOf(stream)) ?? createPacer({ clock, random: Math.random, reserve, blindFlights });
    pacers.set(accountOf(stream), pacer);
    return pacer;
  };
}

function accountOf({ definition, tenant }: StreamConfiguration): string {
  return `${definition.source} ${tenant}`;
}
