import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { missing, quoted, type Stored, unreadable } from './stored-secret.ts';

/** Reads the present version of a text secret. @throws ConvlakeError `credential-missing` */
export async function readSecret(client: SecretsManagerClient, name: string): Promise<Stored> {
  const reference = { kind: 'secret', name } as const;
  const put = `aws secretsmanager put-secret-value --secret-id ${quoted(name)} --secret-string "$KEY"`;
  const create = `aws secretsmanager create-secret --name ${quoted(name)} --secret-string "$KEY"`;
  const fixes = {
    create: `put the key there: ${put} (or, where there is no such secret yet: ${create})`,
    replace: `store the key alone: ${put}`,
  };
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    if (SecretString !== undefined) return { stored: SecretString, fixes };
  } catch (error) {
    // Also for a secret that was made and never given a value, which is how one comes out of a deployment.
    if (error instanceof ResourceNotFoundException) throw missing(reference, 'has no value', fixes.create);
    throw unreadable(reference, 'secretsmanager:GetSecretValue', error);
  }
  throw missing(reference, 'is binary', fixes.replace);
}
