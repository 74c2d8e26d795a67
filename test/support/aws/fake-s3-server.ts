import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  crc32Text,
  createStore,
  errorResponse,
  type S3Request,
  type S3Response,
  type Store,
  type StoreOptions,
} from './fake-s3-store.ts';

/** What happens to a request instead of what should. */
export type S3Fault =
  | { readonly fault: 'response'; readonly status: number; readonly code: string }
  /** The request is done, and the connection closed before the response. */
  | { readonly fault: 'response lost' }
  /** Nothing is done, and the connection closed. */
  | { readonly fault: 'reset' }
  /** Half of the body is sent, then the connection closed. */
  | { readonly fault: 'body cut' }
  /** One byte of the body is another one. */
  | { readonly fault: 'body spoilt' };

/** A request as a test sees it. */
export interface SeenS3Request {
  readonly operation: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How many requests of this operation there were, this one included. */
  readonly times: number;
}

/** S3 on a port of this machine, closed by the one who started it. */
export interface FakeS3Server extends Store {
  readonly endpoint: string;
  readonly bucket: string;
  /** The AWS account that the bucket belongs to. */
  readonly owner: string;
  readonly seen: readonly SeenS3Request[];
  /** Names the fault of a request; undefined for none. */
  fault: (request: SeenS3Request) => S3Fault | undefined | Promise<S3Fault | undefined>;
  close(): Promise<void>;
}

/** Starts a fake S3 with one bucket. */
export async function serveFakeS3(options: StoreOptions = {}): Promise<FakeS3Server> {
  const [bucket, owner] = ['lake-bucket', '123456789012'];
  const seen: SeenS3Request[] = [];
  const counts = new Map<string, number>();
  const store = createStore(options);
  const server = createServer((request, outgoing) => {
    respond(request, outgoing).catch(() => request.socket.destroy());
  });

  async function respond(request: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const asked = await readRequest(request);
    const operation = operationOf(request.method ?? '', asked);
    const times = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, times);
    const one = { operation, key: asked.key, headers: asked.headers, times };
    seen.push(one);
    const fault = await fake.fault(one);
    if (fault?.fault === 'reset') return void request.socket.destroy();
    if (fault?.fault === 'response') return send(request, outgoing, errorResponse(fault.status, fault.code));
    const act = store.operations[operation];
    const isOthers = ![undefined, owner].includes(asked.headers['x-amz-expected-bucket-owner']);
    const refused = isOthers ? errorResponse(403, 'AccessDenied') : refuse(asked);
    const done = asked.bucket !== bucket ? errorResponse(404, 'NoSuchBucket') : (refused ?? act?.(asked));
    if (fault?.fault === 'response lost') return void request.socket.destroy();
    send(request, outgoing, done ?? errorResponse(501, 'NotImplemented'), fault);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const fake: FakeS3Server = {
    ...store,
    endpoint: `http://127.0.0.1:${address.port}`,
    bucket,
    owner,
    seen,
    fault: () => undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return fake;
}

async function readRequest(request: IncomingMessage): Promise<S3Request> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  const url = new URL(request.url ?? '', 'http://localhost');
  const [, bucket = '', ...key] = url.pathname.split('/').map(decodeURIComponent);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join() : (value ?? '')]),
  );
  return { bucket, key: key.join('/'), query: url.searchParams, headers, body: Buffer.concat(pieces) };
}

function operationOf(method: string, { query, key }: S3Request): string {
  const ofUpload = query.has('uploadId');
  if (method === 'HEAD') return 'HeadObject';
  if (method === 'GET') return key === '' ? 'ListObjectsV2' : 'GetObject';
  if (method === 'PUT') return ofUpload ? 'UploadPart' : 'PutObject';
  if (method === 'POST') return ofUpload ? 'CompleteMultipartUpload' : 'CreateMultipartUpload';
  return ofUpload ? 'AbortMultipartUpload' : 'DeleteObject';
}

/** S3 checks what it gets against the checksum that came with it. */
function refuse({ headers, body }: S3Request): S3Response | undefined {
  if (headers['content-encoding']?.includes('aws-chunked')) return errorResponse(501, 'NotImplemented');
  const claimed = headers['x-amz-checksum-crc32'];
  if (claimed === undefined) return undefined;
  return claimed === crc32Text(body) ? undefined : errorResponse(400, 'BadDigest');
}

function send(
  request: IncomingMessage,
  outgoing: ServerResponse,
  { status, headers, body = '' }: S3Response,
  fault?: S3Fault,
) {
  const bytes = Buffer.from(body);
  outgoing.writeHead(status, { 'x-amz-request-id': 'fake', ...headers });
  if (request.method === 'HEAD' || fault === undefined) return void outgoing.end(bytes);
  if (fault.fault === 'body spoilt') {
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    return void outgoing.end(bytes);
  }
  outgoing.write(bytes.subarray(0, bytes.length >> 1), () => request.socket.destroy());
}
