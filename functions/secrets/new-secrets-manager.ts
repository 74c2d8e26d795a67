import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { clientSettings } from '../wiring/client-settings.ts';

/** A client of Secrets Manager, in a module of its own so that it is loaded only where a credential is there. */
export function newSecretsManager(): SecretsManagerClient {
  return new SecretsManagerClient(clientSettings);
}
