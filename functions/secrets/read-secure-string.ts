import { GetParameterCommand, ParameterNotFound, type SSMClient } from '@aws-sdk/client-ssm';
import { missing, quoted, type Stored, unreadable } from './stored-secret.ts';

/** Reads an SSM parameter of type SecureString. @throws ConvlakeError `credential-missing`, also for one that is not encrypted */
export async function readSecureString(client: SSMClient, name: string): Promise<Stored> {
  const reference = { kind: 'ssm', name } as const;
  const put = `aws ssm put-parameter --name ${quoted(name)} --type SecureString --value "$KEY"`;
  const fixes = { create: `put the key there: ${put}`, replace: `store the key alone: ${put} --overwrite` };
  const { Type, Value } = await getDecrypted(client, name).catch((error: unknown) => {
    if (error instanceof ParameterNotFound) throw missing(reference, 'is not there', fixes.create);
    throw unreadable(reference, 'ssm:GetParameter', error);
  });
  if (Type === 'SecureString' && Value !== undefined) return { stored: Value, fixes };
  // Its type cannot be changed in place, and everybody who may list parameters could read it.
  const again = `aws ssm delete-parameter --name ${quoted(name)} && ${put}`;
  throw missing(reference, `is of type ${Type}, which is not encrypted`, `renew the key and store it again: ${again}`);
}

async function getDecrypted(client: SSMClient, name: string) {
  const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
  return { Type: Parameter?.Type, Value: Parameter?.Value };
}
