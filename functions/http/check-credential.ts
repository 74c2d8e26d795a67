import { ConvlakeError } from '../engine/errors.ts';
import { type Names, subject } from './page/refusals.ts';

/**
 * Passes a credential that can stand in a header. One with a line break could smuggle in headers of its own, and one with
 * letters beyond Latin-1 cannot be sent; both are accidents of copying, and the message says so without showing it.
 * @throws ConvlakeError `credential-missing` for an empty one, `credential-refused` for one that cannot be sent
 */
export function checkCredential(names: Names, credential: string): string {
  const problem = problemOf(credential);
  if (problem === undefined) return credential;
  const code = credential === '' ? 'credential-missing' : 'credential-refused';
  throw new ConvlakeError(code, 'stop-stream', `${subject(names)}: the credential ${names.credentialLabel} ${problem}`);
}

function problemOf(credential: string): string | undefined {
  if (credential === '') return 'is empty; put it where the configuration says it is';
  if (/[\r\n]/.test(credential)) return 'has a line break in it; store it without';
  if (credential.trim() !== credential) return 'begins or ends with a blank; store it without';
  if (!/^[\x20-\x7e\x80-\xff]*$/.test(credential))
    return 'has characters that no header may carry; store it again as plain text';
  return undefined;
}
