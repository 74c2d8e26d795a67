import type { PageRequest, Source } from '../../engine/source.ts';
import { queryText } from './query-text.ts';

/** Longer messages are cut. */
const LONGEST_MESSAGE = 200;
/** Bodies longer than this are not error messages. */
const LONGEST_ERROR_BYTES = 64 * 1024;
/** A text shorter than this is not a secret, and cutting it out would cut up the message. */
const SHORTEST_SECRET = 4;
const CUT_MARK = '[…]';

/** What must not show in a message: the credential, the query string, every value that a request with a cursor sends, and the id of a row. */
export function secretsOf(request: PageRequest, credential: string): readonly string[] {
  const { path = '', about = '' } = request;
  const values = [credential, path, about, ...(request.carriesCursor ? Object.values(request.query) : [])];
  const spellings = values.flatMap((value) => [value, encodeURIComponent(value.toWellFormed())]);
  return [queryText(request), ...spellings].filter((secret) => secret.length >= SHORTEST_SECRET);
}

/**
 * The vendor's own words from an error body, fit for an error or a log: printable, on one line, at most 200 characters,
 * without the secrets and without long opaque texts, which may be a part of one. Undefined where the body has no message.
 */
export function safeVendorMessage(
  body: Uint8Array | undefined,
  errorMessage: Source['errorMessage'],
  secrets: readonly string[],
): string | undefined {
  const message = errorMessage(parsedError(body));
  if (message === undefined) return undefined;
  const plain = withoutSecrets(message, secrets)
    .replace(/[^\s[\]…]{40,}/gu, CUT_MARK)
    .replace(/[\p{C}\p{Z}\s]+/gu, ' ')
    .trim();
  return plain.length > LONGEST_MESSAGE ? `${plain.slice(0, LONGEST_MESSAGE - 1).toWellFormed()}…` : plain || undefined;
}

/** The text with a mark in the place of each secret. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const bySize = [...secrets].sort((a, b) => b.length - a.length);
  return bySize.reduce((rest, secret) => rest.replaceAll(secret, CUT_MARK), text);
}

/** The body of a refusal as JSON; undefined where it is none, or too long for an error. */
export function parsedError(body: Uint8Array | undefined): unknown {
  if (body === undefined || body.length > LONGEST_ERROR_BYTES) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined; // an error page of some proxy: the status has to do
  }
}
