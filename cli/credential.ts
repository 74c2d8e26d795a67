import type { StreamConfiguration } from '../contract/configuration.ts';
import { ConvlakeError } from '../functions/engine/errors.ts';
import type { Credential } from '../functions/http/page-fetching.ts';

/**
 * The credential of a stream.
 * @throws ConvlakeError `credential-missing` where the environment does not have it
 */
export function credentialOf(
  { credential, definition, tenant }: StreamConfiguration,
  environment: Readonly<Record<string, string | undefined>>,
): Credential {
  const value = environment[credential.name];
  if (value !== undefined && value !== '') return async () => value;
  const seen = value === undefined ? 'is not set' : 'is empty';
  throw new ConvlakeError(
    'credential-missing',
    'stop-stream',
    `${definition.stream} of ${tenant}: the environment variable ${credential.name}, which the configuration names for the credential, ${seen}; put the key there`,
  );
}
