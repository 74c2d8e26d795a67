import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** An object as a fake S3 keeps it. */
export interface StoredObject {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly versionId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Base64 CRC-32 of the bytes; of an upload in parts only where that was asked for, not the checksum of its parts' checksums. */
  readonly crc32: string | undefined;
  /** Epoch ms. */
  readonly modifiedAt: number;
}

/** What a request asks for, and what a write brings. */
export interface S3Request {
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A response of a fake S3. */
export interface S3Response {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

interface Upload {
  readonly key: string;
  readonly fullChecksum: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, { readonly md5: Buffer; readonly bytes: Buffer }>;
}

/** How a fake S3 deviates from the real one. */
export interface StoreOptions {
  /** Writes whatever a write's condition says. */
  readonly ignoresConditions?: boolean;
  /** Keeps no bytes of parts, so that a test can tell the client's memory from the server's. */
  readonly keepsNoParts?: boolean;
  /** The store's own clock, epoch ms; the real one unless said otherwise. */
  readonly now?: () => number;
  /** How many keys a list returns at once. Default: 1,000, as S3. */
  readonly keysAtOnce?: number;
}

/** What one bucket of a fake S3 holds. */
export interface Store {
  readonly objects: Map<string, StoredObject>;
  /** Uploads that were neither completed nor aborted. */
  readonly uploads: Map<string, Upload>;
  readonly operations: Readonly<Record<string, (asked: S3Request) => S3Response>>;
}

const METADATA_HEADERS = /^(x-amz-meta-.*|content-type|content-encoding)$/;

/** An error as S3 says it. */
export function errorResponse(status: number, code: string): S3Response {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>fake</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

/** One bucket with S3's rules for conditions (User Guide, "Conditional requests"), completions of uploads included. */
export function createStore(options: StoreOptions = {}): Store {
  const objects = new Map<string, StoredObject>();
  const uploads = new Map<string, Upload>();
  let numbers = 0;

  const refusal = ({ key, headers }: S3Request): S3Response | undefined => {
    if (options.ignoresConditions) return undefined;
    const present = objects.get(key);
    const match = headers['if-match'];
    if (match !== undefined && !present) return errorResponse(404, 'NoSuchKey');
    if (match !== undefined && match !== present?.etag) return errorResponse(412, 'PreconditionFailed');
    if (headers['if-none-match'] === '*' && present) return errorResponse(412, 'PreconditionFailed');
    return undefined;
  };

  const now = options.now ?? Date.now;
  const keep = (key: string, object: Omit<StoredObject, 'versionId' | 'modifiedAt'>): StoredObject => {
    const kept = { ...object, versionId: `version-${++numbers}`, modifiedAt: now() };
    objects.set(key, kept);
    return kept;
  };

  const whole = (asked: S3Request, respond: (object: StoredObject) => S3Response): S3Response => {
    const object = objects.get(asked.key);
    if (!object) return errorResponse(404, 'NoSuchKey');
    return refusal(asked) ?? respond(object);
  };

  return {
    objects,
    uploads,
    operations: {
      HeadObject: (asked) => whole(asked, (object) => ({ status: 200, headers: headersOf(object, asked) })),
      GetObject: (asked) =>
        whole(asked, (object) => {
          const [, from] = /^bytes=(\d+)-$/.exec(asked.headers['range'] ?? '') ?? [];
          if (from === undefined) return { status: 200, headers: headersOf(object, asked), body: object.bytes };
          const bytes = object.bytes.subarray(Number(from));
          const range = `bytes ${from}-${object.bytes.length - 1}/${object.bytes.length}`;
          const headers = { etag: object.etag, 'content-range': range, 'content-length': String(bytes.length) };
          return { status: 206, headers, body: bytes };
        }),
      PutObject(asked) {
        const refused = refusal(asked);
        if (refused) return refused;
        const { etag, versionId } = keep(asked.key, {
          bytes: asked.body,
          etag: `"${md5(asked.body).toString('hex')}"`,
          headers: keptHeaders(asked.headers),
          crc32: asked.headers['x-amz-checksum-crc32'],
        });
        return { status: 200, headers: { etag, 'x-amz-version-id': versionId } };
      },
      ListObjectsV2: ({ query }) => listed(objects, query, options.keysAtOnce ?? 1000),
      DeleteObject(asked) {
        const refused = refusal(asked);
        if (refused) return refused;
        objects.delete(asked.key);
        return { status: 204 };
      },
      CreateMultipartUpload({ bucket, key, headers }) {
        const id = `upload-${++numbers}`;
        const fullChecksum = headers['x-amz-checksum-type'] === 'FULL_OBJECT';
        uploads.set(id, { key, fullChecksum, headers: keptHeaders(headers), parts: new Map() });
        return xml(
          `<InitiateMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${key}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
        );
      },
      UploadPart({ query, body }) {
        const upload = uploads.get(query.get('uploadId') ?? '');
        if (!upload) return errorResponse(404, 'NoSuchUpload');
        const bytes = options.keepsNoParts ? Buffer.alloc(0) : body;
        upload.parts.set(Number(query.get('partNumber')), { md5: md5(body), bytes });
        return { status: 200, headers: { etag: `"${md5(body).toString('hex')}"` } };
      },
      CompleteMultipartUpload(asked) {
        const id = asked.query.get('uploadId') ?? '';
        const upload = uploads.get(id);
        if (!upload) return errorResponse(404, 'NoSuchUpload');
        const refused = refusal(asked);
        if (refused) return refused;
        const named = [...asked.body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(([, n]) => Number(n));
        const parts = named.map((number) => upload.parts.get(number));
        if (parts.length === 0 || parts.includes(undefined)) return errorResponse(400, 'InvalidPart');
        const there = parts.filter((part) => part !== undefined);
        const etag = `"${md5(Buffer.concat(there.map((part) => part.md5))).toString('hex')}-${there.length}"`;
        const bytes = Buffer.concat(there.map((part) => part.bytes));
        uploads.delete(id);
        const checksum = upload.fullChecksum ? crc32Text(bytes) : undefined;
        const { versionId } = keep(asked.key, { bytes, etag, headers: upload.headers, crc32: checksum });
        const result = `<CompleteMultipartUploadResult><ETag>${etag.replaceAll('"', '&quot;')}</ETag></CompleteMultipartUploadResult>`;
        return { ...xml(result), headers: { 'x-amz-version-id': versionId } };
      },
      AbortMultipartUpload({ query }) {
        return uploads.delete(query.get('uploadId') ?? '') ? { status: 204 } : errorResponse(404, 'NoSuchUpload');
      },
    },
  };
}

function headersOf(object: StoredObject, { headers }: S3Request): Record<string, string> {
  const checked = headers['x-amz-checksum-mode'] === 'ENABLED' && object.crc32 !== undefined;
  return {
    ...object.headers,
    etag: object.etag,
    'x-amz-version-id': object.versionId,
    'content-length': String(object.bytes.length),
    ...(checked && { 'x-amz-checksum-crc32': object.crc32, 'x-amz-checksum-type': 'FULL_OBJECT' }),
  };
}

/** A page of the keys below a prefix, in their order; the token of the next is the last key. */
function listed(objects: ReadonlyMap<string, StoredObject>, query: URLSearchParams, keysAtOnce: number): S3Response {
  const [after, prefix] = [query.get('continuation-token') ?? '', query.get('prefix') ?? ''];
  const below = [...objects].filter(([key]) => key.startsWith(prefix) && key > after).sort();
  if (query.get('delimiter') === '/') return listedFolders(below, prefix);
  const page = below.slice(0, keysAtOnce);
  const contents = page.map(([key, { etag, modifiedAt }]) => {
    const tag = etag.replaceAll('"', '&quot;');
    return `<Contents><Key>${key}</Key><LastModified>${new Date(modifiedAt).toISOString()}</LastModified><ETag>${tag}</ETag></Contents>`;
  });
  const more = below.length > page.length;
  const next = more ? `<NextContinuationToken>${page.at(-1)?.[0]}</NextContinuationToken>` : '';
  return xml(`<ListBucketResult><IsTruncated>${more}</IsTruncated>${contents.join('')}${next}</ListBucketResult>`);
}

/** The folders below a prefix, all in one page: a table has few. */
function listedFolders(below: readonly (readonly [key: string, object: StoredObject])[], prefix: string): S3Response {
  const names = below.flatMap(([key]) => /^[^/]+\//.exec(key.slice(prefix.length)) ?? []);
  const folders = [...new Set(names)].map(
    (name) => `<CommonPrefixes><Prefix>${prefix}${name}</Prefix></CommonPrefixes>`,
  );
  return xml(`<ListBucketResult><IsTruncated>false</IsTruncated>${folders.join('')}</ListBucketResult>`);
}

function keptHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => METADATA_HEADERS.test(name)));
}

function xml(body: string): S3Response {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: `<?xml version="1.0"?>${body}` };
}

/** A CRC-32 as S3 writes it. */
export function crc32Text(bytes: Uint8Array): string {
  const text = Buffer.alloc(4);
  text.writeUInt32BE(crc32(bytes));
  return text.toString('base64');
}

function md5(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest();
}
