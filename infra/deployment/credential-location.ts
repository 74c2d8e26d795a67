import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import type { DeployedStream } from '../../contract/environment.ts';
import type { SourceName } from '../../contract/streams.ts';

/** Where a deployed function finds a credential. Not in environment variables: those of a terminal do not exist there. */
export type CredentialLocation = DeployedStream['credential'];

/**
 * Where the credential of a stream and tenant is on AWS: as the configuration says, or, where it names an environment variable
 * of a terminal, the secret `convlake/<stage>/<source>/<tenant>`, which the stack's outputs say how to create.
 */
export function credentialLocation(stage: string, stream: StreamConfiguration): CredentialLocation {
  const written = stream.credential;
  const kind = written.kind === 'ssm' ? 'ssm' : 'secret';
  const name = written.kind === 'env' ? `${ownSecrets(stage, stream.definition.source)}${stream.tenant}` : written.name;
  return { kind, name, label: `${kind}:${name}` };
}

/** What the names of a source's own secrets begin with. */
export function ownSecrets(stage: string, source: SourceName): string {
  return `convlake/${stage}/${source}/`;
}
