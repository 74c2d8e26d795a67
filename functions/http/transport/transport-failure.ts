import { errors } from 'undici';

/** A try that ended without a usable response, for reasons that another try may not meet. */
export interface TransportFailure {
  /** The stable code that Node, zlib, TLS or undici gives it. */
  readonly code: string;
  /** Fit for a cause. */
  readonly error: Error;
}

/**
 * Codes of resets, time-outs, cut or damaged responses, name look-ups and certificates: system errors (`ECONNRESET`),
 * undici's (`UND_ERR_SOCKET`), zlib's (`Z_…`), TLS'. Node's other `ERR_…` and undici's complaints about arguments are
 * bugs, and are not among them.
 */
const TRANSPORT_CODES =
  /^(?:E(?!RR_)[A-Z0-9_]+|UND_ERR_(?!INVALID|NOT_SUPPORTED).+|Z_.+|CERT_.+|ERR_TLS_.+|ERR_SSL_.+|UNABLE_TO_.+|DEPTH_ZERO_.+|SELF_SIGNED_.+)$/;

/** Tells failures of the way from mistakes of the program, which must surface at once. */
export function transportFailure(error: unknown): TransportFailure | undefined {
  if (error instanceof errors.HTTPParserError) return parserFailure(error);
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return TRANSPORT_CODES.test(error.code) ? { code: error.code, error } : undefined;
}

/** undici's parser error carries the raw bytes it stumbled over, which may be rows; a cause ends up in logs. */
function parserFailure({ message, code = 'HPE_UNKNOWN' }: errors.HTTPParserError): TransportFailure {
  return { code, error: Object.assign(new Error(message), { code }) };
}
