import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { credentialText } from './credential-text.ts';
import { credentialOfEnvironment } from './environment-credential.ts';
import { readSecret } from './read-secret.ts';
import { readSecureString } from './read-secure-string.ts';
import { type CredentialReference, missing, type Stored } from './stored-secret.ts';

/** What credentials are read with. A client is made only where one is needed. */
export interface CredentialClients {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secretsManager: () => SecretsManagerClient;
  readonly ssm: () => SSMClient;
}

/**
 * Reads a credential from where it is.
 * @throws ConvlakeError `credential-missing`: `stop-stream` where it must be put or replaced, with the command that does;
 * `retry` when AWS does not respond
 */
export async function fetchCredential(reference: CredentialReference, clients: CredentialClients): Promise<string> {
  if (reference.kind === 'env') return credentialOfEnvironment(reference, clients.env);
  const { stored, fixes } = await readStored(reference.kind, reference.name, clients);
  const found = credentialText(stored);
  if ('text' in found) return found.text;
  throw missing(reference, found.problem, fixes.replace);
}

async function readStored(kind: 'secret' | 'ssm', name: string, clients: CredentialClients): Promise<Stored> {
  return kind === 'secret' ? readSecret(clients.secretsManager(), name) : readSecureString(clients.ssm(), name);
}
