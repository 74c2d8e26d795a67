import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Credential } from '../http/page/fetch-context.ts';
import { credentialProvider } from '../secrets/credential-provider.ts';
import type { CredentialReference } from '../secrets/stored-secret.ts';
import { AWS_CLIENT_SETTINGS } from './aws-client-settings.ts';

/** Credentials that AWS keeps. Runs that name the same one share it: it stays in memory until a vendor refuses it. */
export function awsCredentials(ssm: () => SSMClient): (reference: CredentialReference) => Credential {
  const clients = { env: {}, ssm, secretsManager: () => new SecretsManagerClient(AWS_CLIENT_SETTINGS) };
  const credentials = new Map<string, Credential>();
  return (reference) => {
    const name = `${reference.kind}:${reference.name}`;
    const credential = credentials.get(name) ?? credentialProvider(reference, clients);
    credentials.set(name, credential);
    return credential;
  };
}
