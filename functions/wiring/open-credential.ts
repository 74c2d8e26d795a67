import type { Credential } from '../http/page/fetch-context.ts';
import { credentialOfEnvironment } from '../secrets/environment-credential.ts';
import type { CredentialReference } from '../secrets/stored-secret.ts';

/**
 * A credential, wherever it is kept: in the environment, or in AWS, where it is read when the first page is asked for.
 * @throws ConvlakeError `credential-missing` at once where the environment does not have it; of AWS, when it is asked for
 */
export function openCredential(
  reference: CredentialReference,
  environment: Readonly<Record<string, string | undefined>>,
): Credential {
  if (reference.kind === 'env') {
    const credential = credentialOfEnvironment(reference, environment);
    return async () => credential;
  }
  let opened: Promise<Credential> | undefined;
  return async (ask) => {
    opened ??= openInAws(reference);
    return (await opened)(ask);
  };
}

// Loaded when it is asked for: most people's keys are in their environment.
async function openInAws(reference: CredentialReference): Promise<Credential> {
  const { SSMClient } = await import('@aws-sdk/client-ssm');
  const { AWS_CLIENT_SETTINGS } = await import('./aws-client-settings.ts');
  const { awsCredentials } = await import('./aws-credentials.ts');
  return awsCredentials(() => new SSMClient(AWS_CLIENT_SETTINGS))(reference);
}
