import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { ConvlakeError } from '../../functions/engine/errors.ts';
import type { Credential } from '../../functions/http/page/page-fetching.ts';

/**
 * The credential of a stream: an environment variable, or a secret in AWS, which is read when the first page is asked for.
 * @throws ConvlakeError `credential-missing` at once where the environment does not have it; of a secret, when it is asked for
 */
export function credentialOf(
  { credential, definition, tenant }: StreamConfiguration,
  environment: Readonly<Record<string, string | undefined>>,
): Credential {
  if (credential.kind !== 'env') return awsCredential(credential);
  const value = environment[credential.name];
  if (value !== undefined && value !== '') return async () => value;
  const seen = value === undefined ? 'is not set' : 'is empty';
  throw new ConvlakeError(
    'credential-missing',
    'stop-stream',
    `${definition.stream} of ${tenant}: the environment variable ${credential.name}, which the configuration names for the credential, ${seen}; put the key there`,
  );
}

function awsCredential(place: StreamConfiguration['credential']): Credential {
  let opened: Promise<Credential> | undefined;
  return async (ask) => {
    opened ??= open(place);
    return (await opened)(ask);
  };
}

// Loaded when it is asked for: most people's keys are in their environment.
async function open(place: StreamConfiguration['credential']): Promise<Credential> {
  const { SSMClient } = await import('@aws-sdk/client-ssm');
  const { clientSettings } = await import('../../functions/wiring/client-settings.ts');
  const { credentialProvider } = await import('../../functions/secrets/credential-provider.ts');
  const { newSecretsManager } = await import('../../functions/secrets/new-secrets-manager.ts');
  return credentialProvider(place, {
    env: {},
    ssm: () => new SSMClient(clientSettings),
    secretsManager: newSecretsManager,
  });
}
