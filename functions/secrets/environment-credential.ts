import { credentialText } from './credential-text.ts';
import { type CredentialReference, missing } from './stored-secret.ts';

/** The credential in a variable of the environment. @throws ConvlakeError `credential-missing` */
export function credentialOfEnvironment(
  reference: CredentialReference,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const toFix = `put the key there: export ${reference.name}=…`;
  const stored = environment[reference.name];
  if (stored === undefined) throw missing(reference, 'is not set', toFix);
  const found = credentialText(stored);
  if ('text' in found) return found.text;
  throw missing(reference, found.problem, toFix);
}
