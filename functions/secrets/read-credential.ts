import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { credentialText } from './credential-text.ts';
import { readSecret } from './read-secret.ts';
import { readSecureString } from './read-secure-string.ts';
import { type Mends, missing, type Stored } from './stored-secret.ts';

/** Where a credential is: an environment variable, a secret of Secrets Manager (name or ARN), or an SSM SecureString. */
export interface CredentialReference {
  readonly kind: 'env' | 'secret' | 'ssm';
  readonly name: string;
}

/** What credentials are read with. A client is made only where one is needed. */
export interface CredentialClients {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secretsManager: () => SecretsManagerClient;
  readonly ssm: () => SSMClient;
}

/**
 * Reads a credential from where it is.
 * @throws ConvlakeError `credential-missing`: `stop-stream` where somebody must put or mend it, with the command that does;
 * `retry` when AWS does not answer
 */
export async function readCredential(reference: CredentialReference, clients: CredentialClients): Promise<string> {
  const { stored, mends } = await readStored(reference, clients);
  const found = credentialText(stored);
  if ('text' in found) return found.text;
  throw missing(reference, found.problem, mends.replace);
}

async function readStored({ kind, name }: CredentialReference, clients: CredentialClients): Promise<Stored> {
  if (kind === 'secret') return readSecret(clients.secretsManager(), name);
  if (kind === 'ssm') return readSecureString(clients.ssm(), name);
  const mend = `put the key there: export ${name}=…`;
  const mends: Mends = { create: mend, replace: mend };
  const stored = clients.env[name];
  if (stored === undefined) throw missing({ kind, name }, 'is not set', mends.create);
  return { stored, mends };
}
