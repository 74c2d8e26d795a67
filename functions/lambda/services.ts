import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { ExportRequest, RunEnded } from '../../contract/events.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Codec } from '../engine/ports.ts';
import type { OpenPool } from '../http/create-http.ts';
import { openS3Lake, type S3Lake } from '../lake/s3/s3-lake.ts';
import { openTelemetry, type Telemetry } from '../telemetry/open-telemetry.ts';
import { AWS_CLIENT_SETTINGS } from '../wiring/aws-client-settings.ts';
import { realTime, type Time } from '../wiring/run-clock.ts';
import type { ExportFunctionSettings } from './lambda-settings.ts';
import type { Parameters } from './open-parameters.ts';

/** All that an export function's invocations share: made once per cold start. */
export interface Services {
  readonly settings: ExportFunctionSettings;
  readonly version: string;
  readonly telemetry: Telemetry;
  /** One for each run: it remembers what the run committed. */
  readonly openLake: () => S3Lake;
  /** The same for every run. */
  readonly parameters: () => Promise<Parameters>;
  /** Starts an invocation of a function and does not wait for its end. */
  readonly invoke: (functionName: string, request: ExportRequest) => Promise<void>;
  readonly sendEvents: (events: readonly RunEnded[]) => Promise<void>;
  readonly time: Time;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A new id, unique for all time. */
  readonly newId: () => string;
  /** Gzip and undici's connections, unless a simulation has its own. */
  readonly codec?: Codec;
  readonly openPool?: OpenPool;
}

/** Opens the services of AWS. Those that not every invocation needs are loaded when they are asked for. */
export function openServices(settings: ExportFunctionSettings): Services {
  const { version } = packageJson;
  const { stage, bucket, prefix } = settings;
  const s3 = new S3Client(AWS_CLIENT_SETTINGS);
  const spoolFolder = join(tmpdir(), 'convlake');
  let parameters: Promise<Parameters> | undefined;
  return {
    settings,
    version,
    telemetry: openTelemetry(stage),
    openLake: () => openS3Lake({ client: s3, bucket, prefix, spoolFolder, version }),
    parameters() {
      parameters ??= import('./export/run-parts.ts').then(({ openParameters }) => openParameters(stage));
      return parameters;
    },
    async invoke(functionName, request) {
      const { invokeFunction } = await import('./export/run-parts.ts');
      await invokeFunction(functionName, request);
    },
    async sendEvents(events) {
      const { sendRunEvents } = await import('./export/run-parts.ts');
      await sendRunEvents(settings.eventBus, events);
    },
    time: realTime,
    random: Math.random,
    newId: randomUUID,
  };
}
