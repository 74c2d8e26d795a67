import type { StreamConfiguration } from './configuration.ts';
import type { Reading } from './setting.ts';

/** What to write as a credential. */
export const CREDENTIAL_FIX =
  'put the key into an environment variable, a secret or an SSM SecureString, and write "env:NAME", "secret:<name>" or "ssm:<name>"';

/** Where a key is kept: `env:NAME`, `secret:<name>` or `ssm:<name>`. What was written is not shown, since it may be the key. */
export function readCredential(written: string): Reading<StreamConfiguration['credential']> {
  const [, kind, name = ''] = /^(env|secret|ssm):(.*)$/s.exec(written) ?? [];
  if (kind === undefined)
    return {
      refused: `does not begin with "env:", "secret:" or "ssm:" and may be a key, so it is not shown; ${CREDENTIAL_FIX}`,
    };
  const place = CREDENTIAL_LOCATIONS.find((known) => known.kind === kind);
  // The name is not shown: it may be the key, pasted behind the colon.
  if (!place?.form.test(name)) {
    return { refused: `has no name of ${place?.what} after "${kind}:"; use ${place?.characters}` };
  }
  return { value: { kind: place.kind, name, label: `${kind}:${name}` } };
}

/** What can hold a key, and how each is named (AWS: CreateSecret and PutParameter, `Name`). */
const CREDENTIAL_LOCATIONS = [
  {
    kind: 'env',
    what: 'an environment variable',
    form: /^[A-Za-z_][A-Za-z0-9_]*$/,
    characters: 'letters, digits and "_", no digit first',
  },
  {
    kind: 'secret',
    what: 'a secret',
    form: /^(?:arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[A-Za-z0-9/_+=.@-]{1,512}$/,
    characters: 'letters, digits and "/_+=.@-", or its whole ARN',
  },
  {
    kind: 'ssm',
    what: 'an SSM parameter',
    form: /^\/?[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/,
    characters: 'letters, digits and "_.-" between slashes',
  },
] as const;
