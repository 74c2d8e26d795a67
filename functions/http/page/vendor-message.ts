import type { PageRequest, Source } from '../../engine/source.ts';
import { queryText } from './query-text.ts';

/** Longer messages are cut. */
const longestMessage = 200;
/** Bodies longer than this are no error message. */
const longestErrorBytes = 64 * 1024;
/** A secret shorter than this is none, and cutting it out would cut up the message. */
const shortestSecret = 4;
const cutMark = '[…]';

/** What must not show in a message: the credential, the query string, and every value that a request with a cursor sends. */
export function secretsOf(request: PageRequest, credential: string): readonly string[] {
  const values = [credential, ...(request.carriesCursor ? Object.values(request.query) : [])];
  const spellings = values.flatMap((value) => [value, encodeURIComponent(value.toWellFormed())]);
  return [queryText(request.query), ...spellings].filter((secret) => secret.length >= shortestSecret);
}

/**
 * The vendor's own words from an error body, fit for an error or a log: printable, on one line, at most 200 characters,
 * without the secrets and without long opaque texts, which may be a part of one. Undefined where the body has no message.
 */
export function vendorMessage(
  body: Uint8Array,
  errorMessage: Source['errorMessage'],
  secrets: readonly string[],
): string | undefined {
  const message = errorMessage(parsed(body));
  if (message === undefined) return undefined;
  const plain = withoutSecrets(message, secrets)
    .replace(/[^\s[\]…]{40,}/gu, cutMark)
    .replace(/[\p{C}\p{Z}\s]+/gu, ' ')
    .trim();
  return plain.length > longestMessage ? `${plain.slice(0, longestMessage - 1).toWellFormed()}…` : plain || undefined;
}

/** The text with a mark in the place of each secret. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const bySize = [...secrets].sort((a, b) => b.length - a.length);
  return bySize.reduce((rest, secret) => rest.replaceAll(secret, cutMark), text);
}

function parsed(body: Uint8Array): unknown {
  if (body.length > longestErrorBytes) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined; // an error page of some proxy: the status has to do
  }
}
