import { ConvlakeError } from '../errors.ts';

/** What an error says of the id that was asked for. */
export type Failure =
  /** The vendor has no such detail (any more). */
  | { readonly kind: 'gone'; readonly status: number }
  /** The vendor fails at it, or what it sends cannot be read. */
  | { readonly kind: 'failed'; readonly reason: number | string }
  /** The credential may not read it: this one alone where others succeed, else the stream. */
  | { readonly kind: 'refused'; readonly reason: number | string };

const FAILED: ReadonlySet<string> = new Set([
  'request-refused',
  'vendor-unavailable',
  'body-unexpected',
  'response-too-large',
  'redirect-refused',
  'paging-stuck',
  'cursor-refused',
]);

/** What the error of a request for one detail says of its id; undefined where it is not about the id, but about the run or the stream. */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof ConvlakeError)) return undefined;
  const { code, status } = error;
  if (status === 401) return undefined;
  if (status === 404 || status === 410) return { kind: 'gone', status };
  const reason = status ?? code;
  if (code === 'credential-refused') return { kind: 'refused', reason };
  return FAILED.has(code) ? { kind: 'failed', reason } : undefined;
}
