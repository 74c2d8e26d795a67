import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type Fault, type SeenRequest, tellingError } from './faults.ts';
import type { ApiRequest, VendorApi, VendorResponse } from './vendors/api.ts';
import type { CommonKnobs } from './world/knobs.ts';

/** What a vendor's server has seen. */
export interface Stats {
  readonly requests: number;
  /** Cost points spent, for vendors that count them. */
  readonly pointsSpent: number;
  /** Requests that got a 429. */
  readonly rejected: number;
  readonly maxConcurrent: number;
  /** Rows are not counted here; bytes are those of bodies as sent. */
  readonly bytes: number;
  /** The last 1,000 requests, oldest first, without headers and credentials. */
  readonly lastRequests: readonly SeenRequest[];
}

/** One vendor's HTTP server on the loopback interface. */
export interface VendorServer {
  /** Scheme, host and port. */
  readonly origin: string;
  stats(): Stats;
  reset(): void;
  close(): Promise<void>;
}

const KEPT_REQUESTS = 1000;
const HTML = '<!doctype html><html><head><title>Service</title></head><body>We will be right back.</body></html>';
const noStats: Stats = { requests: 0, pointsSpent: 0, rejected: 0, maxConcurrent: 0, bytes: 0, lastRequests: [] };

/** Serves one vendor. `port` 0 takes any free one. */
export async function serveVendor(from: {
  readonly api: VendorApi;
  readonly now: () => number;
  readonly knobs: () => CommonKnobs;
  readonly port: number;
}): Promise<VendorServer> {
  const { api, now, knobs } = from;
  let stats = { ...noStats };
  let lastRequests: SeenRequest[] = [];
  let underWay = 0;

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', 'http://simulator');
    const at = now();
    const number = ++stats.requests;
    stats.maxConcurrent = Math.max(stats.maxConcurrent, underWay);
    const seen = seenRequest(incoming.method ?? 'GET', url, at);
    lastRequests.push(seen);
    if (lastRequests.length > 2 * KEPT_REQUESTS) lastRequests = lastRequests.slice(-KEPT_REQUESTS);
    await knobs().onRequest(number, seen);
    if (knobs().latencyMs > 0) await wait(knobs().latencyMs);
    const fault = knobs().faults(number, seen);
    if (fault?.kind === 'slow') await wait(fault.ms);
    const response = spoil(fault, () => api.respond(apiRequest(incoming, url, number, at)));
    if (response.status === 429) stats.rejected++;
    stats.pointsSpent += response.points ?? 0;
    // Clients may take the vendor's time from this header, so it tells the simulator's.
    outgoing.setHeader('date', new Date(at).toUTCString());
    stats.bytes += send(outgoing, response, fault);
  }

  function apiRequest(incoming: IncomingMessage, url: URL, number: number, at: number): ApiRequest {
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, value?.toString()]),
    );
    const method = incoming.method ?? 'GET';
    return { number, at, method, path: url.pathname, query: url.searchParams, headers, underWay };
  }

  function spoil(fault: Fault | undefined, respond: () => VendorResponse): VendorResponse {
    if (fault?.kind === 'status') {
      const headers: Record<string, string> = { ...fault.headers };
      if (fault.retryAfter !== undefined) headers['retry-after'] = fault.retryAfter;
      if (fault.unreadable === 'miscoded') headers['content-encoding'] = 'gzip';
      const body = Buffer.from(fault.body ?? api.errorBody(fault.status));
      return { status: fault.status, headers, body: fault.unreadable === 'miscoded' ? body.subarray(1) : body };
    }
    if (fault?.kind === 'redirect') return { status: fault.status ?? 302, headers: { location: fault.to }, body: '' };
    if (fault?.kind === 'html') return { status: 200, headers: { 'content-type': 'text/html' }, body: HTML };
    if (fault?.kind === 'reset' || fault?.kind === 'hang') return { status: 0, body: '' };
    const right = respond();
    if (!fault) return right;
    const body = Buffer.from(right.body);
    if (fault?.kind === 'half') return { ...right, body: body.subarray(0, body.length >> 1) };
    if (fault?.kind === 'told-error') {
      return { ...right, body: tellingError(body.toString(), Buffer.from(api.errorBody(503)).toString(), fault.rows) };
    }
    if (fault?.kind === 'edit') return { ...right, body: fault.edit(body.toString()) };
    if (fault?.kind === 'oversize') return { ...right, body: body.toString().padEnd(fault.bytes) };
    return right;
  }

  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
    underWay++;
    outgoing.once('close', () => underWay--);
    handle(incoming, outgoing).catch((error: unknown) => {
      process.stderr.write(`simulator: ${error instanceof Error ? error.stack : String(error)}\n`);
      if (!outgoing.headersSent) outgoing.writeHead(599).end('the simulator failed; see its standard error');
      else outgoing.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(from.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // a TCP server's address is never a path
  return {
    origin: `http://127.0.0.1:${port}`,
    stats: () => ({ ...stats, lastRequests: lastRequests.slice(-KEPT_REQUESTS) }),
    reset() {
      stats = { ...noStats };
      lastRequests = [];
      api.reset();
    },
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

/** Sends the response, or what the fault leaves of it; the number of body bytes. */
function send(outgoing: ServerResponse, response: VendorResponse, fault: Fault | undefined): number {
  if (fault?.kind === 'hang') return 0;
  if (fault?.kind === 'reset') {
    outgoing.socket?.resetAndDestroy();
    return 0;
  }
  const body = typeof response.body === 'string' ? Buffer.from(response.body) : response.body;
  const partial = partOf(fault);
  const headers = { 'content-type': 'application/json; charset=utf-8', ...response.headers };
  outgoing.writeHead(response.status, { ...headers, 'content-length': body.length });
  if (!partial) {
    outgoing.end(body);
    return body.length;
  }
  const part = body.subarray(0, Math.floor(body.length * partial.share));
  const socket = outgoing.socket;
  outgoing.write(part, () => {
    if (partial.end === 'closed') socket?.destroySoon();
    else if (partial.end === 'reset') socket?.resetAndDestroy();
  });
  return part.length;
}

/** How much of the body is sent, and how the connection ends then; undefined for all of it. */
function partOf(
  fault: Fault | undefined,
): { readonly share: number; readonly end: 'closed' | 'reset' | 'open' } | undefined {
  if (fault?.kind === 'cut-short') return { share: fault.share ?? 0.5, end: 'closed' };
  if (fault?.kind === 'reset-midway') return { share: fault.share ?? 0.5, end: 'reset' };
  if (fault?.kind !== 'status' || fault.unreadable === undefined || fault.unreadable === 'miscoded') return undefined;
  return { share: 0.5, end: fault.unreadable === 'cut' ? 'closed' : 'open' };
}

function seenRequest(method: string, url: URL, at: number): SeenRequest {
  const query = Object.fromEntries([...url.searchParams].filter(([name]) => name !== 'bearer_token'));
  return { method, path: url.pathname, query, at };
}
