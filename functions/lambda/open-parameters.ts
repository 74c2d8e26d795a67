import { SSMClient } from '@aws-sdk/client-ssm';
import type { DeployedStream } from '../../contract/environment.ts';
import { ssmCheckpoints } from '../checkpoints/ssm-checkpoints.ts';
import type { CheckpointStore } from '../engine/ports.ts';
import type { Credential } from '../http/page/fetch-context.ts';
import { AWS_CLIENT_SETTINGS } from '../wiring/aws-client-settings.ts';
import { awsCredentials } from '../wiring/aws-credentials.ts';
import { openSsm } from '../wiring/open-ssm.ts';
import { checkpointOf } from './checkpoint-of.ts';
import { patientCall, type SsmHost } from './patient-call.ts';

/** What runs keep in SSM and Secrets Manager. */
export interface Parameters {
  /** The store of a stream, for an invocation that has `remainingMs` left. */
  readonly checkpointsOf: (stream: DeployedStream, remainingMs: () => number) => CheckpointStore;
  readonly credentialOf: (stream: DeployedStream) => Credential;
}

/** Opens both for a stage. */
export function openParameters(stage: string, host: SsmHost): Parameters {
  const client = openSsm();
  // Another client, which waits as the SDK does: what it reads is kept for the runs to come, so no run's time is a measure.
  const credentialAt = awsCredentials(() => new SSMClient({ ...AWS_CLIENT_SETTINGS, maxAttempts: 10 }));
  return {
    checkpointsOf: (stream, remainingMs) =>
      ssmCheckpoints({ client, ...checkpointOf(stage, stream), call: patientCall(host, remainingMs) }),
    credentialOf: ({ credential }) => credentialAt(credential),
  };
}
