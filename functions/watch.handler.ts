import { SSMClient } from '@aws-sdk/client-ssm';
import { ssmCheckpoints } from './checkpoints/ssm-checkpoints.ts';
import { checkpointOf } from './lambda/checkpoint-of.ts';
import { readStageSettings } from './lambda/lambda-settings.ts';
import { watchStreams } from './lambda/watch/watch-streams.ts';
import { openTelemetry } from './telemetry/open-telemetry.ts';
import { AWS_CLIENT_SETTINGS } from './wiring/aws-client-settings.ts';

/** The bundler puts the configuration here. */
declare const CONVLAKE_STREAMS: string;

const { stage, streams } = readStageSettings(process.env, CONVLAKE_STREAMS);
const client = new SSMClient(AWS_CLIENT_SETTINGS);
const services = {
  telemetry: openTelemetry(stage),
  streams,
  checkpointsOf: (stream: (typeof streams)[number]) => ssmCheckpoints({ client, ...checkpointOf(stage, stream) }),
};

/** Tells how old each stream is, from outside of the runs. @throws Error when a checkpoint could not be read */
export const handler = () => watchStreams(services, Date.now());
