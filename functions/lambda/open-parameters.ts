import { SSMClient } from '@aws-sdk/client-ssm';
import type { DeployedStream } from '../../contract/environment.ts';
import { ssmCheckpoints } from '../checkpoints/ssm-checkpoints.ts';
import type { CheckpointStore } from '../engine/ports.ts';
import type { Credential } from '../http/page/page-fetching.ts';
import { credentialProvider } from '../secrets/credential-provider.ts';
import { newSecretsManager } from '../secrets/new-secrets-manager.ts';
import { clientSettings } from '../wiring/client-settings.ts';
import { checkpointNameOf } from './checkpoint-name.ts';

/** What runs keep in SSM and Secrets Manager. */
export interface Parameters {
  readonly checkpointsOf: (stream: DeployedStream) => CheckpointStore;
  readonly credentialOf: (stream: DeployedStream) => Credential;
}

/** Opens both for a stage. A credential is kept in memory from its first reading until a vendor refuses it. */
export function openParameters(stage: string): Parameters {
  const client = new SSMClient(clientSettings);
  const clients = { env: {}, ssm: () => client, secretsManager: newSecretsManager };
  const credentials = new Map<string, Credential>();
  return {
    checkpointsOf: (stream) => ssmCheckpoints({ client, name: checkpointNameOf(stage, stream) }),
    credentialOf({ credential }) {
      const known = credentials.get(credential.label) ?? credentialProvider(credential, clients);
      credentials.set(credential.label, known);
      return known;
    },
  };
}
