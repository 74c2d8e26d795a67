import type { Credential } from '../http/page/fetch-context.ts';
import { type CredentialClients, fetchCredential } from './fetch-credential.ts';
import type { CredentialReference } from './stored-secret.ts';

/**
 * A credential as the HTTP adapter asks for it: read at the first asking, read anew after a refusal (it may have been
 * rotated), and else kept in memory. Those who ask at once share one reading; a reading that failed is not kept.
 */
export function credentialProvider(reference: CredentialReference, clients: CredentialClients): Credential {
  let kept: Promise<string> | undefined;
  let reading: Promise<string> | undefined;

  const readAnew = () => {
    const mine = fetchCredential(reference, clients).finally(() => {
      reading = undefined;
    });
    reading = mine;
    kept = mine;
    mine.catch(() => {
      if (kept === mine) kept = undefined;
    });
    return mine;
  };

  return ({ refresh }) => reading ?? (refresh ? readAnew() : (kept ?? readAnew()));
}
