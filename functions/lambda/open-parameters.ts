import { SSMClient } from '@aws-sdk/client-ssm';
import type { DeployedStream } from '../../contract/environment.ts';
import { ssmCheckpoints } from '../checkpoints/ssm-checkpoints.ts';
import type { CheckpointStore } from '../engine/ports.ts';
import type { Credential } from '../http/page/fetch-context.ts';
import { AWS_CLIENT_SETTINGS } from '../wiring/aws-client-settings.ts';
import { awsCredentials } from '../wiring/aws-credentials.ts';
import { checkpointOf } from './checkpoint-of.ts';

/** What runs keep in SSM and Secrets Manager. */
export interface Parameters {
  readonly checkpointsOf: (stream: DeployedStream) => CheckpointStore;
  readonly credentialOf: (stream: DeployedStream) => Credential;
}

/** Opens both for a stage. */
export function openParameters(stage: string): Parameters {
  const client = new SSMClient(AWS_CLIENT_SETTINGS);
  const credentialAt = awsCredentials(() => client);
  return {
    checkpointsOf: (stream) => ssmCheckpoints({ client, ...checkpointOf(stage, stream) }),
    credentialOf: ({ credential }) => credentialAt(credential),
  };
}
