import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Clock, RunEvent } from '../../../functions/engine/ports.ts';
import type { PageRequest } from '../../../functions/engine/source.ts';
import { createHttp, type Http, type HttpOptions } from '../../../functions/http/create-http.ts';

export type Reply = (request: IncomingMessage, response: ServerResponse) => void;

/** A vendor on 127.0.0.1 that gives each request the next of `replies`, and the last one from then on. */
export async function startVendor(...replies: readonly Reply[]) {
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const reply = replies[Math.min(requests.length, replies.length - 1)];
    requests.push(request);
    reply?.(request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo; // a TCP server's address is no string
  return { origin: `http://127.0.0.1:${port}`, requests, sockets };
}

export const page: Reply = (_, response) => response.end('{"data":[]}');

/** An answer of this status, with a body that is JSON. */
export function answer(status: number, body: unknown = {}, headers: Record<string, string> = {}): Reply {
  return (_, response) => response.writeHead(status, headers).end(JSON.stringify(body));
}

/** A clock that jumps over every sleep and keeps a list of them. */
export function jumpingClock({ now = Date.UTC(2026, 0, 1), timeLeftMs = Number.POSITIVE_INFINITY } = {}) {
  const sleeps: number[] = [];
  let at = now;
  const clock: Clock = {
    planningNow: () => at,
    now: () => at,
    timeLeftMs: () => timeLeftMs,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      sleeps.push(ms);
      at += ms;
    },
  };
  return { clock, sleeps };
}

/** A clock whose sleeps end only with their signal; `asleep` resolves when the first begins. */
export function endlessClock() {
  const begun = Promise.withResolvers<void>();
  const { clock } = jumpingClock();
  const sleep: Clock['sleep'] = (_, signal) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      begun.resolve();
    });
  return { clock: { ...clock, sleep }, asleep: begun.promise };
}

/** An adapter for `origin` that is closed with the test, and what it was seen to do. */
export function openHttp(origin: string, options: Partial<HttpOptions> = {}) {
  const events: RunEvent[] = [];
  const { clock, sleeps } = jumpingClock();
  const http = createHttp({
    baseUrl: `${origin}/prefix/`,
    path: '/tenants/alpha/rows',
    auth: { header: 'authorization', scheme: 'Bearer ' },
    credential: async () => 'the-secret-key',
    credentialLabel: 'env:API_KEY',
    stream: 'crescendo.vocconv',
    tenant: 'alpha',
    source: { budget: () => undefined, errorMessage },
    concurrency: 4,
    version: '1.2.3',
    clock,
    random: () => 0.5,
    observe: (event) => events.push(event),
    ...options,
  });
  onTestFinished(() => http.close());
  return { http, events, sleeps };
}

function errorMessage(body: unknown): string | undefined {
  const message = typeof body === 'object' && body !== null && 'message' in body ? body.message : undefined;
  return typeof message === 'string' ? message : undefined;
}

export const firstPage: PageRequest = {
  query: { from: '2026-01-01T00:00:00+02:00', limit: '5' },
  state: 'first',
  carriesCursor: false,
};

/** Fetches a page as text. */
export function fetchText(
  http: Http,
  request: PageRequest = firstPage,
  signal = new AbortController().signal,
): Promise<string> {
  return http.fetchPage(request, signal, (body) => new TextDecoder().decode(body));
}
