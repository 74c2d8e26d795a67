import type { Dispatcher } from 'undici';
import { ConvlakeError } from '../../engine/errors.ts';
import { type Names, subject } from '../page/refusals.ts';
import { onAbort } from './abort.ts';
import type { BodyMemory, ByteBudget } from './byte-budget.ts';
import { collectBody, type IncomingBody, type Room } from './collect-body.ts';
import { type HttpLimits, MAX_REDIRECTS } from './limits.ts';
import { interimResponseOr, transportFailure } from './transport-failure.ts';

type Headers = Readonly<Record<string, string>>;

/** A response read to its end. */
export interface HttpResponse {
  readonly status: number;
  /** Names are lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Decompressed. Undefined where the status is not one of success and the body is too large for an error message, or could not be read:
   * cut, never ending, in an unknown coding. Status and headers are the response all the same.
   */
  readonly body: Uint8Array | undefined;
}

/** What all requests of one adapter share. */
export interface Connection {
  readonly pool: Pick<Dispatcher, 'request'>;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly limits: HttpLimits;
  readonly names: Names;
  /** Which bodies share while they are read. */
  readonly bodies: ByteBudget;
  /** Called as each request goes out. */
  readonly onRequest: () => void;
}

/** One GET. `onHeaders` is told of the response's headers before its body is read. */
export interface Outgoing {
  /** Path and query, encoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** What the body may hold; the caller releases it. */
  readonly memory: BodyMemory;
  readonly onHeaders: (status: number, headers: Readonly<Record<string, string>>) => void;
}

/** A body of another status than success is an error message at best: not more of it is read. */
const MAX_ERROR_BYTES = 256 * 1024;

/** They are small, and a refusal must not wait for the bodies of pages. */
const AMPLE: Room = { take: async () => {}, settle: () => {} };

/**
 * Sends a GET, follows redirects within the origin and reads the response, whatever its status.
 * @throws ConvlakeError `redirect-refused`, `response-too-large`, `body-unexpected` (an encoding that was not asked for);
 * the signal's reason; the transport's own errors, whose `code` `isTransportFailure` knows
 */
export async function send(connection: Connection, outgoing: Outgoing): Promise<HttpResponse> {
  const { controller, release } = deadline(outgoing.signal, connection.limits.responseMs);
  try {
    return await sendWithin(connection, { ...outgoing, signal: controller.signal });
  } finally {
    release();
  }
}

async function sendWithin(connection: Connection, outgoing: Outgoing): Promise<HttpResponse> {
  const { headers, signal, memory } = outgoing;
  let target = outgoing.target;
  for (let redirects = 0; ; redirects += 1) {
    const response = await request(connection, { path: target, headers, signal });
    const received = flat(response.headers);
    const location = received['location'];
    if (!isRedirect(response.statusCode) || location === undefined) {
      outgoing.onHeaders(response.statusCode, received);
      return await readResponse(connection, response, received, { memory, signal });
    }
    await bodyOfRefusal(connection, response, received, signal);
    target = redirected(connection, target, location, redirects);
  }
}

/** undici bears interim responses but for two of them, which an error names. */
async function request(
  { pool, onRequest }: Connection,
  options: Pick<Dispatcher.RequestOptions, 'path' | 'headers' | 'signal'>,
): Promise<Dispatcher.ResponseData> {
  let interim: number | undefined;
  const onInfo = ({ statusCode }: { readonly statusCode: number }) => {
    interim = statusCode;
  };
  onRequest();
  try {
    return await pool.request({ ...options, method: 'GET', onInfo });
  } catch (error) {
    throw interimResponseOr(error, interim);
  }
}

async function readResponse(
  connection: Connection,
  response: Dispatcher.ResponseData,
  headers: Headers,
  { memory, signal }: Pick<Outgoing, 'memory' | 'signal'>,
): Promise<HttpResponse> {
  const { limits, names } = connection;
  const status = response.statusCode;
  if (status < 200 || status >= 300) {
    return { status, headers, body: await bodyOfRefusal(connection, response, headers, signal) };
  }
  const room = { take: (bytes: number) => memory.take(bytes, signal), settle: memory.settle };
  const body = await collectBody(incoming(response, headers), limits.maxBytes, room);
  if (body instanceof Uint8Array) return { status, headers, body };
  if (body === 'too-large') {
    const message = `${subject(names)}: a page is larger than ${limits.maxBytes} bytes; configure a smaller pageSize`;
    throw new ConvlakeError('response-too-large', 'stop-stream', message, { status });
  }
  const message = `${subject(names)}: the vendor sent a page in the content-encoding ${body.coding}, which was not asked for; only gzip and identity are`;
  throw new ConvlakeError('body-unexpected', 'stop-stream', message, { status });
}

/**
 * The body of a response that is not one of success, if it can be read soon.
 * @throws the signal's reason
 */
async function bodyOfRefusal(
  { limits }: Connection,
  response: Dispatcher.ResponseData,
  headers: Headers,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const timer = setTimeout(() => response.body.destroy(new Late()), limits.refusalBodyMs);
  try {
    const body = await collectBody(incoming(response, headers), MAX_ERROR_BYTES, AMPLE);
    return body instanceof Uint8Array ? body : undefined;
  } catch (error) {
    // The time for the whole response may be up too; that is no reason of the caller's.
    if (signal.aborted && !transportFailure(signal.reason)) throw signal.reason;
    if (error instanceof Late || transportFailure(error)) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Why the body of a refusal is not waited for any longer. */
class Late extends Error {}

function incoming(response: Dispatcher.ResponseData, headers: Headers): IncomingBody {
  return {
    pieces: response.body,
    contentLength: headers['content-length'],
    contentEncoding: headers['content-encoding'],
  };
}

/** The path and query that a redirect leads to. Messages name origins only: a query may hold the cursor. */
function redirected({ origin, names }: Connection, from: string, location: string, redirects: number): string {
  const to = URL.canParse(location, origin + from) ? new URL(location, origin + from) : undefined;
  if (to?.origin === origin && redirects < MAX_REDIRECTS) return to.pathname + to.search;
  const where =
    to === undefined ? 'to an address that cannot be read' : `to ${to.origin === 'null' ? to.protocol : to.origin}`;
  const message =
    to?.origin === origin
      ? `${subject(names)}: ${origin} redirects more than ${MAX_REDIRECTS} times; check baseUrl and path`
      : `${subject(names)}: ${origin} redirects ${where}, which is not followed because the credential would go there; check baseUrl`;
  throw new ConvlakeError('redirect-refused', 'stop-stream', message);
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/** Repeated header lines are joined as RFC 9110, 5.3 has it. */
function flat(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const pairs = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, typeof value === 'string' ? value : value.join(', ')]],
  );
  return Object.fromEntries(pairs);
}

/** A controller that is aborted with the signal, or when the time is up. */
function deadline(signal: AbortSignal, ms: number): { controller: AbortController; release: () => void } {
  const controller = new AbortController();
  const unlink = onAbort(signal, (reason) => controller.abort(reason));
  const timer = setTimeout(() => {
    controller.abort(Object.assign(new Error(`the response took longer than ${ms} ms`), { code: 'ETIMEDOUT' }));
  }, ms);
  const release = () => {
    clearTimeout(timer);
    unlink();
  };
  return { controller, release };
}
