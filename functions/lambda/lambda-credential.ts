import type { SSMClient } from '@aws-sdk/client-ssm';
import type { DeployedStream } from '../../contract/environment.ts';
import type { Credential } from '../http/page-fetching.ts';

/**
 * The credential of a stream, from Secrets Manager or SSM, kept in memory until the vendor refuses it. What it takes to read it
 * is loaded at the first asking: a run that another's claim keeps from reading never asks.
 */
export function lambdaCredential(place: DeployedStream['credential'], ssm: SSMClient): Credential {
  let opened: Promise<Credential> | undefined;
  return async (ask) => {
    opened ??= openCredential(place, ssm);
    return (await opened)(ask);
  };
}

async function openCredential(place: DeployedStream['credential'], ssm: SSMClient): Promise<Credential> {
  const { credentialProvider } = await import('../secrets/credential-provider.ts');
  const { newSecretsManager } = await import('../secrets/new-secrets-manager.ts');
  return credentialProvider(place, { env: {}, ssm: () => ssm, secretsManager: newSecretsManager });
}
