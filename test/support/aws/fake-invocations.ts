import { createServer, type IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';
import type { ExportRequest, RunEnded } from '../../../contract/events.ts';

/** What functions were invoked with, asynchronously. */
export interface FakeInvocation {
  readonly functionName: string;
  readonly request: ExportRequest;
}

/** Lambda's Invoke and EventBridge's PutEvents on a port of this machine, for the real SDK to talk to. Nothing runs. */
export interface FakeInvocations {
  readonly endpoint: string;
  /** Details of the events that were put, in order. */
  readonly events: RunEnded[];
  /** In order; a test that plays Lambda takes them out. */
  readonly invoked: FakeInvocation[];
  /** Refuses everything, as a service in trouble does. */
  refusing: boolean;
}

const INVOCATION = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** Starts it; it ends with the test. */
export async function startFakeInvocations(): Promise<FakeInvocations> {
  const server = createServer(async (request, response) => {
    const body: unknown = JSON.parse(await textOf(request));
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (fake.refusing) return response.writeHead(400).end('{"__type":"AccessDeniedException"}');
    const functionName = INVOCATION.exec(request.url ?? '')?.[1];
    if (functionName !== undefined) {
      fake.invoked.push({ functionName, request: body as ExportRequest });
      return response.writeHead(202).end();
    }
    for (const { Detail } of (body as { Entries: { Detail: string }[] }).Entries) {
      fake.events.push(JSON.parse(Detail) as RunEnded);
    }
    return response.end('{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}');
  });
  server.listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const endpoint = `http://127.0.0.1:${address.port}`;
  const fake: FakeInvocations = { endpoint, events: [], invoked: [], refusing: false };
  return fake;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += piece;
  return text;
}
