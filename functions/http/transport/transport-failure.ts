import { errors } from 'undici';

/** A try that ended without a usable response, for reasons that another try may not meet. */
export interface TransportFailure {
  /** The stable code that Node, zlib, TLS or undici gives it. */
  readonly code: string;
  /** The same for people: the code, and more where there is something to say. */
  readonly words: string;
  /** The vendor was reached, and was not done in time: that may be about what it was asked for. */
  readonly isTimeOut: boolean;
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

const EXPLAINED: Readonly<Record<string, string>> = {
  UND_ERR_HEADERS_OVERFLOW: 'its headers are larger than is taken',
  ECONNREFUSED: 'nothing takes connections',
  ENOTFOUND: 'no such host is known, so check baseUrl',
  EAI_AGAIN: 'its name could not be looked up, so see whether DNS is well',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no way leads there',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no response in time',
  UND_ERR_BODY_TIMEOUT: 'the response stopped coming',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself alone',
  SELF_SIGNED_CERT_IN_CHAIN: 'who signed its certificate is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'who signed its certificate is not known here',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is that of another host',
};

/** Of the headers, between two pieces of the body, and of the whole response. */
const TIME_OUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

/** Tells failures of the way from mistakes of the program, which must surface at once. */
export function transportFailure(error: unknown): TransportFailure | undefined {
  if (error instanceof InterimResponse) return { code: error.code, words: error.message, isTimeOut: false, error };
  if (error instanceof errors.HTTPParserError) return parserFailure(error);
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return TRANSPORT_CODES.test(error.code) ? failure(error.code, error) : undefined;
}

/** undici's parser error carries the raw bytes it stumbled over, which may be rows; a cause ends up in logs. */
function parserFailure({ message, code = 'HPE_UNKNOWN' }: errors.HTTPParserError): TransportFailure {
  return failure(code, Object.assign(new Error(message), { code }));
}

function failure(code: string, error: Error): TransportFailure {
  const explained = EXPLAINED[code];
  return {
    code,
    words: explained === undefined ? code : `${code} (${explained})`,
    isTimeOut: TIME_OUTS.has(code) && !('syscall' in error), // a system's own ETIMEDOUT is that of the connection
    error,
  };
}

/** An interim response that nothing asked for, and that undici takes for the end of the connection. */
class InterimResponse extends Error {
  readonly code = 'INTERIM_RESPONSE';

  constructor(status: 100 | 101, options: ErrorOptions) {
    const name = status === 100 ? '100 (Continue)' : '101 (Switching Protocols)';
    super(`an interim response ${name}, which was not asked for and cannot be read`, options);
  }
}

/**
 * The error of undici as it is, unless an interim response is behind it: it gives up on 100 and on 101 with errors that name neither,
 * where it bears the others (102, 103). `interim` is the last of which it told.
 */
export function interimResponseOr(error: unknown, interim: number | undefined): unknown {
  if (error instanceof errors.SocketError && error.message === 'bad response')
    return new InterimResponse(100, { cause: error });
  const switched = error instanceof errors.SocketError ? error.message === 'bad upgrade' : interim === 101;
  return switched ? new InterimResponse(101, { cause: error }) : error;
}
