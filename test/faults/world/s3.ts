import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import type {
  CompleteMultipartUploadCommandInput,
  PutObjectCommandInput,
  S3Client,
  UploadPartCommandInput,
} from '@aws-sdk/client-s3';
import { createStore, type S3Request, type S3Response, type Store } from '../../support/aws/fake-s3-store.ts';
import type { Process, Wire } from './wire.ts';

/** The fields of any command that this lake sends. */
type Input = Partial<PutObjectCommandInput & UploadPartCommandInput & CompleteMultipartUploadCommandInput> & {
  readonly Range?: string;
  readonly Prefix?: string;
  readonly ContinuationToken?: string;
};

/** One bucket behind the AWS SDK's `send`. */
export class SimulatedS3 {
  readonly store: Store;
  readonly #wire: Wire;
  readonly #takesMs: number;
  /** Who began which upload. */
  readonly uploadedBy = new Map<string, Process>();
  /** Told of every object that was just written. */
  onWrite: (key: string, by: Process) => void = () => undefined;
  /** Told of every object that was just removed. */
  onRemove: (key: string, by: Process) => void = () => undefined;

  constructor(wire: Wire, takesMs: number, now: () => number) {
    this.store = createStore({ now, keysAtOnce: 2 });
    this.#wire = wire;
    this.#takesMs = takesMs;
  }

  /** The client of one process. */
  client(process: Process): S3Client {
    const send = async (command: { readonly input: Input; readonly constructor: { readonly name: string } }) => {
      const operation = command.constructor.name.replace(/Command$/, '');
      const { input } = command;
      const bytes = input.Body instanceof Uint8Array ? Buffer.from(input.Body) : Buffer.alloc(0);
      const act = () => this.#act(operation, input, bytes, process);
      const response = await this.#wire.call(process, {
        to: isWrite(operation) || operation === 'DeleteObject' ? 's3 write' : 's3',
        name: `${operation} ${input.Key ?? input.Prefix}`,
        act,
        refuse: () => refusal(operation),
        takesMs: this.#takesMs,
        ...(operation === 'GetObject' && { spoil: cutBody }),
      });
      return response;
    };
    return { send, config: CLIENT_CONFIG } as unknown as S3Client;
  }

  #act(operation: string, input: Input, body: Buffer, by: Process): object {
    const asked = askedOf(input, body);
    const response = this.store.operations[operation]?.(asked);
    if (!response) throw new Error(`nobody plays ${operation}`);
    if (response.status >= 400) throw failure(response);
    if (operation === 'CreateMultipartUpload') {
      const id = /<UploadId>(.*)<\/UploadId>/.exec(String(response.body))?.[1] ?? '';
      this.uploadedBy.set(id, by);
      return { UploadId: id };
    }
    if (isWrite(operation)) {
      this.onWrite(asked.key, by);
      const { etag, versionId } = this.store.objects.get(asked.key) ?? {};
      return { ETag: etag, VersionId: versionId };
    }
    if (operation === 'DeleteObject') this.onRemove(asked.key, by);
    return operation === 'ListObjectsV2' ? listOf(response) : outputOf(response);
  }
}

/** What lib-storage asks of a client besides sending. */
const CLIENT_CONFIG = {
  endpoint: async () => ({ protocol: 'https:', hostname: 's3.simulated', path: '/' }),
  requestHandler: {},
  requestChecksumCalculation: async () => 'WHEN_SUPPORTED',
};

/** Whether it replaces an object. */
function isWrite(operation: string): boolean {
  return operation === 'PutObject' || operation === 'CompleteMultipartUpload';
}

function askedOf(input: Input, body: Buffer): S3Request {
  const query = new URLSearchParams();
  if (input.UploadId !== undefined) query.set('uploadId', input.UploadId);
  if (input.Prefix !== undefined) query.set('prefix', input.Prefix);
  if (input.ContinuationToken !== undefined) query.set('continuation-token', input.ContinuationToken);
  if (input.PartNumber !== undefined) query.set('partNumber', String(input.PartNumber));
  const headers: Record<string, string> = {};
  if (input.IfMatch !== undefined) headers['if-match'] = input.IfMatch;
  if (input.IfNoneMatch !== undefined) headers['if-none-match'] = input.IfNoneMatch;
  if (input.Range !== undefined) headers['range'] = input.Range;
  for (const [name, value] of Object.entries(input.Metadata ?? {})) headers[`x-amz-meta-${name}`] = value;
  const parts = input.MultipartUpload?.Parts?.map(({ PartNumber }) => `<PartNumber>${PartNumber}</PartNumber>`);
  const sent = parts ? Buffer.from(parts.join('')) : body;
  return { bucket: input.Bucket ?? '', key: input.Key ?? '', query, headers, body: sent };
}

function outputOf({ headers = {}, body }: S3Response): object {
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'));
  return {
    ETag: headers['etag'],
    VersionId: headers['x-amz-version-id'],
    ContentLength: Number(headers['content-length']),
    ContentRange: headers['content-range'],
    Metadata: Object.fromEntries(metadata.map(([name, value]) => [name.slice('x-amz-meta-'.length), value])),
    ...(Buffer.isBuffer(body) && { Body: Readable.from([body], { objectMode: false }) }),
  };
}

function listOf({ body }: S3Response): object {
  const text = String(body);
  const contents = [...text.matchAll(/<Key>(.*?)<\/Key><LastModified>(.*?)<\/LastModified><ETag>(.*?)<\/ETag>/g)];
  return {
    Contents: contents.map(([, Key, at, tag]) => ({
      Key,
      LastModified: new Date(at ?? ''),
      ETag: tag?.replaceAll('&quot;', '"'),
    })),
    NextContinuationToken: /<NextContinuationToken>(.*)<\/NextContinuationToken>/.exec(text)?.[1],
  };
}

/** The response whose body breaks off in the middle. */
function cutBody(response: object): object {
  if (!('Body' in response) || !(response.Body instanceof Readable)) return response;
  const bytes: unknown = response.Body.read();
  const half = Buffer.isBuffer(bytes) ? bytes.subarray(0, bytes.length >> 1) : Buffer.alloc(0);
  async function* broken() {
    if (half.length > 0) yield half;
    throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
  }
  return { ...response, Body: Readable.from(broken(), { objectMode: false }) };
}

/** An error as the SDK throws it. */
function failure({ status, body }: S3Response): Error {
  const name = /<Code>(.*)<\/Code>/.exec(String(body))?.[1] ?? 'Unknown';
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
}

/** S3 asks to slow down; a completion may also meet another write that is under way. */
function refusal(operation: string): never {
  const [name, status] = isWrite(operation) ? ['ConditionalRequestConflict', 409] : ['SlowDown', 503];
  throw Object.assign(new Error(String(name)), { name, $metadata: { httpStatusCode: status } });
}
