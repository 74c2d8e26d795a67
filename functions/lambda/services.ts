import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { DeployedStream } from '../../contract/environment.ts';
import type { ExportRequest, RunEnded } from '../../contract/events.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { clientSettings } from '../aws/client-settings.ts';
import { ssmCheckpoints } from '../checkpoints/ssm-checkpoints.ts';
import type { CheckpointStore } from '../engine/ports.ts';
import type { Credential } from '../http/page-fetching.ts';
import { openS3Lake, type S3Lake } from '../lake/s3-lake.ts';
import { openTelemetry, type Telemetry } from '../telemetry/open-telemetry.ts';
import { checkpointNameOf } from './checkpoint-name.ts';
import { lambdaCredential } from './lambda-credential.ts';
import type { ExportFunctionSettings } from './lambda-settings.ts';

/** All that an export function's invocations share: made once per cold start. */
export interface Services {
  readonly settings: ExportFunctionSettings;
  readonly version: string;
  readonly telemetry: Telemetry;
  /** One for each run: it remembers what the run committed. */
  readonly openLake: () => S3Lake;
  readonly checkpointsOf: (stream: DeployedStream) => CheckpointStore;
  /** The same for every run, so that a secret is fetched once and again after a refusal. */
  readonly credentialOf: (stream: DeployedStream) => Credential;
  /** Starts an invocation of a function and does not wait for its end. */
  readonly invoke: (functionName: string, request: ExportRequest) => Promise<void>;
  readonly sendEvents: (events: readonly RunEnded[]) => Promise<void>;
}

/** Opens the services of AWS. Those that a run needs at its end, or not at all, are loaded when they are asked for. */
export function openServices(settings: ExportFunctionSettings): Services {
  const { version } = packageJson;
  const { stage, bucket, prefix } = settings;
  const s3 = new S3Client(clientSettings);
  const ssm = new SSMClient(clientSettings);
  const spoolFolder = join(tmpdir(), 'convlake');
  return {
    settings,
    version,
    telemetry: openTelemetry(stage),
    openLake: () => openS3Lake({ client: s3, bucket, prefix, spoolFolder, version }),
    checkpointsOf: (stream) => ssmCheckpoints({ client: ssm, name: checkpointNameOf(stage, stream) }),
    credentialOf: credentialsBy(ssm),
    async invoke(functionName, request) {
      const { invokeFunction } = await import('./invoke-function.ts');
      await invokeFunction(functionName, request);
    },
    async sendEvents(events) {
      const { sendRunEvents } = await import('./send-run-events.ts');
      await sendRunEvents(settings.eventBus, events);
    },
  };
}

function credentialsBy(ssm: SSMClient): Services['credentialOf'] {
  const credentials = new Map<string, Credential>();
  return ({ credential }) => {
    const known = credentials.get(credential.label) ?? lambdaCredential(credential, ssm);
    credentials.set(credential.label, known);
    return known;
  };
}
