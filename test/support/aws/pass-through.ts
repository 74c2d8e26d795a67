import { createServer, type IncomingMessage, request as send } from 'node:http';
import { onTestFinished } from 'vitest';

/** A request on its way to a service of AWS. */
export interface Passing {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What the service says to it. */
export interface PassingResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A way to a server that holds requests up, or loses them. */
export interface PassThrough {
  readonly endpoint: string;
  /** What becomes of a request: the response of `forward`, or undefined for none, ever. */
  through: (request: Passing, forward: () => Promise<PassingResponse>) => Promise<PassingResponse | undefined>;
}

/** Opens a way to the server at `endpoint` through which all passes as it is; it ends with the test. */
export async function openPassThrough(endpoint: string): Promise<PassThrough> {
  const server = createServer(async (incoming, outgoing) => {
    const { method = '', url: path = '', headers } = incoming;
    const passing = { method, path, headers, body: await bodyOf(incoming) };
    const response = await way.through(passing, () => forward(endpoint, passing));
    if (response) outgoing.writeHead(response.status, response.headers).end(response.body);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const way: PassThrough = { endpoint: `http://127.0.0.1:${address.port}`, through: (_, onward) => onward() };
  return way;
}

/** Lets one act begin when the one before it has ended. */
export function oneAtATime(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const mine = last.then(act, act);
    last = mine;
    return mine;
  };
}

function forward(endpoint: string, { method, path, headers, body }: Passing): Promise<PassingResponse> {
  const { expect: _, connection: __, 'transfer-encoding': ___, ...kept } = headers;
  const asked = send(endpoint + path, { method, headers: { ...kept, 'content-length': body.length }, agent: false });
  return new Promise((resolve, reject) => {
    asked.once('error', reject);
    asked.once('response', async (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: await bodyOf(response) });
    });
    asked.end(body);
  });
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece);
  return Buffer.concat(pieces);
}
