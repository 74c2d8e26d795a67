import type { DeployedStream } from '../../contract/environment.ts';
import type { CheckpointStore, Clock, Ports } from '../engine/ports.ts';
import type { StreamSettings } from '../engine/settings.ts';
import type { Dialect, DialectSettings } from '../engine/source.ts';
import { createHttp } from '../http/create-http.ts';
import type { Credential } from '../http/page/page-fetching.ts';
import { gzipCodec } from '../lake/gzip/gzip.ts';
import type { S3Lake } from '../lake/s3/s3-lake.ts';
import { sources } from '../sources/index.ts';
import { type LogSubject, logEvent } from '../telemetry/log-event.ts';
import type { Services } from './services.ts';

/** What a run of its own has, beside what all share. */
export interface OwnRun {
  readonly purpose: DialectSettings['purpose'];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly checkpoints: CheckpointStore;
  readonly credential: Credential;
  readonly subject: LogSubject;
}

/** A run that is ready to go. */
export interface WiredRun {
  readonly settings: StreamSettings;
  readonly dialect: Dialect;
  readonly ports: Ports;
  readonly lake: S3Lake;
  /** Closes the connections to the vendor. */
  close(): Promise<void>;
}

/** Gives a run of a stream everything that it needs from outside. */
export function wireRun(stream: DeployedStream, services: Services, own: OwnRun): WiredRun {
  const { definition, tenant, pageSize, concurrency } = stream;
  const { clock, signal, checkpoints } = own;
  const source = sources[definition.source];
  const ambient = {
    clock,
    random: services.random,
    observe: (event: Parameters<Ports['observe']>[0]) => logEvent(services.telemetry, own.subject, event),
  };
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
    concurrency,
    version: services.version,
    reserve: stream.reserve,
    ...(services.openPool && { openPool: services.openPool }),
  });
  const lake = services.openLake();
  const ports: Ports = {
    ...ambient,
    fetchPage: http.fetchPage,
    traffic: http.stats,
    lake,
    codec: services.codec ?? gzipCodec({ level: services.settings.gzipLevel }),
    checkpoints,
    newId: services.newId,
    signal,
  };
  return {
    settings: streamSettings(stream, services.settings.lake),
    dialect: source.dialect({ definition, pageSize, purpose: own.purpose }),
    ports,
    lake,
    close: http.close,
  };
}

function streamSettings(stream: DeployedStream, lake: string): StreamSettings {
  const { definition, tenant, startMs, lookbackMs, deep, timeZone, settleMs, windowMs, concurrency, tableFrom } =
    stream;
  return { definition, tenant, startMs, lookbackMs, deep, timeZone, settleMs, windowMs, concurrency, tableFrom, lake };
}
