import { randomUUID } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import packageJson from '../../package.json' with { type: 'json' };
import { userFolder } from '../files/user-folder.ts';
import { openS3Lake } from '../lake/s3/s3-lake.ts';
import { openTelemetry } from '../telemetry/open-telemetry.ts';
import { AWS_CLIENT_SETTINGS } from '../wiring/aws-client-settings.ts';
import { realTime } from '../wiring/run-clock.ts';
import type { ExportFunctionSettings } from './lambda-settings.ts';
import type { Parameters } from './open-parameters.ts';
import type { Services } from './services.ts';

/** Opens the services of AWS. Those that not every invocation needs are loaded when they are asked for. */
export function openServices(settings: ExportFunctionSettings): Services {
  const { version } = packageJson;
  const { stage, bucket, owner, prefix } = settings;
  const s3 = new S3Client(AWS_CLIENT_SETTINGS);
  const spoolFolder = userFolder();
  let parameters: Promise<Parameters> | undefined;
  return {
    settings,
    version,
    telemetry: openTelemetry(stage),
    openLake: () => openS3Lake({ client: s3, bucket, owner, prefix, spoolFolder, version }),
    parameters() {
      parameters ??= import('./export/run-parts.ts').then(({ openParameters }) =>
        openParameters(stage, { time: realTime, random: Math.random }),
      );
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
