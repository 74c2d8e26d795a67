import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import type { Provenance } from '../../../functions/engine/ports.ts';
import { openS3Lake, type S3Lake } from '../../../functions/lake/s3/s3-lake.ts';
import { type FakeS3, type S3Fault, startFakeS3 } from '../../support/aws/fake-s3.ts';
import { bytesOf, pieces, testFolder } from '../../support/lake/file-lake.ts';

const key = 'crescendo_vocconv/tenant=a/dt=2026-01-02/2026-01-02.ndjson.gz';
const changed = expect.objectContaining({ code: 'object-changed', recovery: 'retry' });
const one = Buffer.from('one');
const two = Buffer.from('two');
const threeParts = Buffer.alloc(20_000_000, 7);

function unavailable(recovery: string, message: RegExp) {
  return expect.objectContaining({ code: 'lake-unavailable', recovery, message: expect.stringMatching(message) });
}

const provenance = (commitId: string): Provenance => ({ commitId, runId: 'run-1', rows: 3 });

async function emptyLake(prefix = 'lake'): Promise<{ s3: FakeS3; lake: S3Lake }> {
  const s3 = await startFakeS3();
  const lake = openS3Lake({
    client: s3.client,
    bucket: s3.bucket,
    prefix,
    version: '1.2.3',
    spoolFolder: await testFolder(),
  });
  return { s3, lake };
}

/** A lake with one object, whose next requests of an operation meet a fault so many times. */
async function lakeWithFault(operation: string, fault: S3Fault, times = Number.POSITIVE_INFINITY) {
  const { s3, lake } = await emptyLake();
  const tag = await lake.replace(key, undefined, pieces(one), provenance('first'));
  const before = s3.seen.length;
  const requestsOf = (name: string) => s3.seen.slice(before).filter((each) => each.operation === name).length;
  s3.fault = (request) => (request.operation === operation && requestsOf(operation) <= times ? fault : undefined);
  return { s3, lake, tag, requestsOf };
}

const OPERATIONS = [
  'HeadObject',
  'GetObject',
  'PutObject',
  'ListObjectsV2',
  'DeleteObject',
  'CreateMultipartUpload',
  'UploadPart',
  'CompleteMultipartUpload',
  'AbortMultipartUpload',
];

const sizes = [
  ['in one request', 'PutObject', two],
  ['in parts', 'CompleteMultipartUpload', threeParts],
] as const;

describe('an object in S3', () => {
  test.each([
    ['lake', `lake/${key}`],
    ['/a/b/', `a/b/${key}`],
    ['', key],
  ])('lies below the prefix %j', async (prefix, path) => {
    const { lake, s3 } = await emptyLake(prefix);

    await lake.replace(key, undefined, pieces(one), provenance('c'));

    expect([...s3.objects.keys()]).toEqual([path]);
  });

  test.each(sizes)('says where it came from, and that it is to be read as it is, written %s', async (_, __, bytes) => {
    const { lake, s3 } = await emptyLake();

    const tag = await lake.replace(key, undefined, pieces(bytes), provenance('commit-7'));

    const stored = s3.objects.get(`lake/${key}`);
    expect(stored?.headers).toEqual({
      'content-type': 'application/x-ndjson',
      'x-amz-meta-commit-id': 'commit-7',
      'x-amz-meta-run-id': 'run-1',
      'x-amz-meta-rows': '3',
      'x-amz-meta-convlake-version': '1.2.3',
    });
    expect(lake.lastCommit(key)).toEqual({ tag, versionId: stored?.versionId });
  });

  test.each([
    ['in one request', 'PutObject', one],
    ['in parts', 'UploadPart', threeParts],
  ])(
    'is checked by S3 against what was sent, and by the reader against what S3 got, written %s',
    async (_, operation, bytes) => {
      const { lake, s3 } = await emptyLake();
      const tag = await lake.replace(key, undefined, pieces(bytes), provenance('c'));
      s3.fault = (request) => (request.operation === 'GetObject' ? { fault: 'body spoilt' } : undefined);

      await expect(bytesOf(lake.read(key, tag))).rejects.toEqual(unavailable('retry', /cannot read s3:/));

      const sent = s3.seen.filter((request) => request.operation === operation);
      expect(sent.every(({ headers }) => headers['x-amz-checksum-crc32']?.endsWith('='))).toBe(true);
    },
  );
});

describe('the account that the bucket must belong to', () => {
  async function lakeOf(owner: string) {
    const { s3 } = await emptyLake();
    const spoolFolder = await testFolder();
    const lake = openS3Lake({ client: s3.client, bucket: s3.bucket, owner, prefix: 'l', version: '1', spoolFolder });
    return { s3, lake };
  }

  test('is said in every request', async () => {
    const { s3, lake } = await lakeOf('123456789012');

    const small = await lake.replace(key, undefined, pieces(one), provenance('small'));
    const large = await lake.replace(key, small, pieces(threeParts), provenance('large'));
    expect(await lake.tagOf(key)).toBe(large);
    for await (const _ of lake.read(key, large)) break;
    await lake.put('report', one);
    await lake.putWhole('whole', pieces(one));
    await lake.putWhole('whole', pieces(threeParts));
    for await (const _ of lake.list('')) break;
    await lake.remove(key, large);
    s3.fault = ({ operation }) =>
      operation === 'UploadPart' ? { fault: 'response', status: 403, code: 'AccessDenied' } : undefined;
    await expect(lake.replace(key, undefined, pieces(threeParts), provenance('c'))).rejects.toThrow(/AccessDenied/);
    await expect(lake.putWhole('whole', pieces(threeParts))).rejects.toThrow(/AccessDenied/);

    expect(new Set(s3.seen.map(({ operation }) => operation))).toEqual(new Set(OPERATIONS));
    const told = s3.seen.map(({ headers }) => headers['x-amz-expected-bucket-owner']);
    expect(new Set(told)).toEqual(new Set(['123456789012']));
  });

  test('is not a stranger: nothing is read and nothing written there', async () => {
    const { s3, lake } = await lakeOf('999999999999');
    const denied = unavailable('stop-stream', /403.*the account that a deployed function expects/);

    await expect(lake.tagOf(key)).rejects.toEqual(denied);
    await expect(lake.replace(key, undefined, pieces(one), provenance('c'))).rejects.toEqual(denied);

    expect([...s3.objects]).toEqual([]);
  });
});

describe('an answer that is lost', () => {
  test.each(sizes.flatMap((size) => [[1, ...size] as const, [3, ...size] as const]))(
    '%i times after success is success, written %s',
    async (times, _, operation, bytes) => {
      const { lake, s3, tag } = await lakeWithFault(operation, { fault: 'response lost' }, times);

      const newTag = await lake.replace(key, tag, pieces(bytes), provenance('second'));

      expect(newTag).not.toBe(tag);
      expect(await lake.tagOf(key)).toBe(newTag);
      expect(s3.objects.get(`lake/${key}`)?.bytes.equals(bytes)).toBe(true);
      expect(lake.lastCommit(key)?.versionId).toBe(s3.objects.get(`lake/${key}`)?.versionId);
      expect([...s3.uploads]).toEqual([]);
    },
  );

  test('after a success that somebody else has replaced since counts as changed', async () => {
    const { lake, s3, tag } = await lakeWithFault('PutObject', { fault: 'response lost' }, 1);
    const lost = s3.fault;
    s3.fault = async (request) => {
      if (request.operation === 'HeadObject') {
        s3.fault = () => undefined;
        await lake.replace(key, (await lake.tagOf(key)) ?? '', pieces(threeParts), provenance('other'));
      }
      return lost(request);
    };

    await expect(lake.replace(key, tag, pieces(two), provenance('second'))).rejects.toEqual(changed);

    expect(s3.objects.get(`lake/${key}`)?.headers['x-amz-meta-commit-id']).toBe('other');
  });

  test.each(sizes)('fails when nothing was written, written %s', async (_, operation, bytes) => {
    const { lake, s3, tag } = await lakeWithFault(operation, { fault: 'reset' });

    await expect(lake.replace(key, tag, pieces(bytes), provenance('second'))).rejects.toEqual(
      unavailable('retry', /cannot replace s3:\/\/lake-bucket\/lake\/crescendo_vocconv.*\(ECONNRESET\)/),
    );

    expect(await lake.tagOf(key)).toBe(tag);
    expect([...s3.uploads]).toEqual([]);
  });
});

describe('a write that meets another one (409)', () => {
  const conflict = { fault: 'response', status: 409, code: 'ConditionalRequestConflict' } as const;

  test.each(sizes)('is sent again while the object is as expected, written %s', async (_, operation, bytes) => {
    const { lake, s3, tag, requestsOf } = await lakeWithFault(operation, conflict, 2);

    await lake.replace(key, tag, pieces(bytes), provenance('second'));

    expect(s3.objects.get(`lake/${key}`)?.bytes.equals(bytes)).toBe(true);
    expect(requestsOf(operation)).toBe(3);
    expect(requestsOf('UploadPart')).toBe(bytes === two ? 0 : 3);
  });

  test.each(sizes)('gives up after some tries and leaves nothing behind, written %s', async (_, operation, bytes) => {
    const { lake, s3, tag } = await lakeWithFault(operation, conflict);

    await expect(lake.replace(key, tag, pieces(bytes), provenance('second'))).rejects.toEqual(changed);

    expect(await lake.tagOf(key)).toBe(tag);
    expect([...s3.uploads]).toEqual([]);
  });

  test('whose upload S3 dropped over it counts as changed', async () => {
    const { lake, s3, tag } = await lakeWithFault('CompleteMultipartUpload', conflict, 1);
    const fault = s3.fault;
    s3.fault = (request) => {
      if (request.operation === 'CompleteMultipartUpload') s3.uploads.clear();
      return fault(request);
    };

    await expect(lake.replace(key, tag, pieces(threeParts), provenance('second'))).rejects.toEqual(changed);
  });
});

describe('an upload that fails', () => {
  const slowDown = { fault: 'response', status: 503, code: 'SlowDown' } as const;

  test('once in a part is the matter of the SDK', async () => {
    const { lake, s3, tag } = await lakeWithFault('UploadPart', slowDown, 1);

    await lake.replace(key, tag, pieces(threeParts), provenance('second'));

    expect(s3.objects.get(`lake/${key}`)?.bytes.equals(threeParts)).toBe(true);
  });

  test('in a part ends its source, is aborted, and says what S3 said', async () => {
    const { lake, s3, tag, requestsOf } = await lakeWithFault('UploadPart', slowDown);
    let [taken, ended] = [0, false];
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (; taken < 40; taken++) yield threeParts;
      } finally {
        ended = true;
      }
    }

    await expect(lake.replace(key, tag, source(), provenance('second'))).rejects.toEqual(
      unavailable('retry', /cannot upload part \d of .* \(503 SlowDown\)/),
    );

    expect(ended).toBe(true);
    expect(taken).toBeLessThan(20);
    expect(requestsOf('AbortMultipartUpload')).toBe(1);
    expect([...s3.uploads]).toEqual([]);
    expect(await lake.tagOf(key)).toBe(tag);
  });

  test('keeps its first cause when it cannot be aborted either', async () => {
    const { lake, s3, tag } = await lakeWithFault('UploadPart', slowDown);
    const fault = s3.fault;
    s3.fault = (request) =>
      request.operation === 'AbortMultipartUpload'
        ? { fault: 'response', status: 403, code: 'AccessDenied' }
        : fault(request);

    await expect(lake.replace(key, tag, pieces(threeParts), provenance('second'))).rejects.toEqual(
      unavailable('retry', /SlowDown/),
    );
  });

  test('before its first part ends its source', async () => {
    const { lake, tag } = await lakeWithFault('CreateMultipartUpload', slowDown);
    let ended = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield threeParts;
        yield threeParts;
      } finally {
        ended = true;
      }
    }

    await expect(lake.replace(key, tag, source(), provenance('second'))).rejects.toEqual(
      unavailable('retry', /SlowDown/),
    );

    expect(ended).toBe(true);
  });

  test('in an answer that begins with 200 is no success', async () => {
    // S3 may answer so after it began to (API Reference, CompleteMultipartUpload).
    const { lake, s3, tag } = await lakeWithFault('CompleteMultipartUpload', {
      fault: 'response',
      status: 200,
      code: 'InternalError',
    });

    await expect(lake.replace(key, tag, pieces(threeParts), provenance('second'))).rejects.toEqual(
      unavailable('retry', /InternalError/),
    );

    expect(await lake.tagOf(key)).toBe(tag);
    expect([...s3.uploads]).toEqual([]);
  });

  test.each([
    ['PreconditionFailed', changed],
    ['NoSuchUpload', changed],
    ['SlowDown', unavailable('retry', /SlowDown/)],
    ['AccessDenied', unavailable('stop-stream', /AccessDenied.*s3:PutObject/)],
  ])('in an answer that begins with 200 is known by its name: %s', async (code, expected) => {
    const inside = { fault: 'response', status: 200, code } as const;
    const { lake, s3, tag } = await lakeWithFault('CompleteMultipartUpload', inside);

    await expect(lake.replace(key, tag, pieces(threeParts), provenance('second'))).rejects.toEqual(expected);

    expect(await lake.tagOf(key)).toBe(tag);
    expect([...s3.uploads]).toEqual([]);
  });

  test('in an answer that begins with 200 for a write that was under way is sent again', async () => {
    const inside = { fault: 'response', status: 200, code: 'ConditionalRequestConflict' } as const;
    // The SDK takes the 200 for a 503 and sends it three times by itself here.
    const { lake, tag, requestsOf } = await lakeWithFault('CompleteMultipartUpload', inside, 3);

    expect(await lake.replace(key, tag, pieces(threeParts), provenance('second'))).not.toBe(tag);
    expect(requestsOf('CompleteMultipartUpload')).toBe(4);
    expect(requestsOf('UploadPart')).toBe(3);
  });
});

describe('an object that is written whole', () => {
  test('fails for the reason that its part did, when its upload cannot be ended either', async () => {
    const { lake, s3 } = await emptyLake();
    s3.fault = ({ operation }) => {
      if (operation === 'UploadPart') return { fault: 'response', status: 403, code: 'AccessDenied' };
      if (operation === 'AbortMultipartUpload') return { fault: 'response', status: 500, code: 'InternalError' };
      return undefined;
    };

    await expect(lake.putWhole(key, pieces(threeParts))).rejects.toEqual(
      unavailable('stop-stream', /403 AccessDenied/),
    );
  });

  test('leaves no upload behind when a part fails', async () => {
    const { lake, s3 } = await emptyLake();
    s3.fault = ({ operation }) =>
      operation === 'UploadPart' ? { fault: 'response', status: 403, code: 'AccessDenied' } : undefined;

    await expect(lake.putWhole(key, pieces(threeParts))).rejects.toEqual(unavailable('stop-stream', /AccessDenied/));

    expect([...s3.uploads]).toEqual([]);
  });
});

describe('reading an object', () => {
  test('goes on where a connection broke', async () => {
    const { lake, s3, tag } = await lakeWithFault('GetObject', { fault: 'body cut' }, 4);
    const large = await lake.replace(key, tag, pieces(threeParts), provenance('second'));

    expect((await bytesOf(lake.read(key, large))).equals(threeParts)).toBe(true);

    const gets = s3.seen.filter(({ operation }) => operation === 'GetObject');
    expect(gets).toHaveLength(5);
    expect(gets.every(({ headers }) => headers['if-match'] === large)).toBe(true);
    expect(gets.at(-1)?.headers['range']).toMatch(/^bytes=[1-9]\d*-$/);
  });

  test('fails when connections break again and again without a byte', async () => {
    const { lake, s3, tag } = await lakeWithFault('GetObject', { fault: 'body cut' });
    const large = await lake.replace(key, tag, pieces(Buffer.from('x')), provenance('second'));

    await expect(bytesOf(lake.read(key, large))).rejects.toEqual(unavailable('retry', /cannot read s3:/));

    expect(s3.seen.filter(({ operation }) => operation === 'GetObject').length).toBeLessThan(10);
  });

  test('fails when the object was replaced while the connection was broken', async () => {
    const { lake, s3, tag } = await lakeWithFault('GetObject', { fault: 'body cut' }, 1);
    const large = await lake.replace(key, tag, pieces(threeParts), provenance('second'));
    const read: Uint8Array[] = [];
    const reading = (async () => {
      for await (const piece of lake.read(key, large)) {
        if (read.length === 0) await lake.replace(key, large, pieces(two), provenance('third'));
        read.push(piece);
      }
    })();

    await expect(reading).rejects.toEqual(changed);

    expect(s3.seen.filter(({ operation }) => operation === 'GetObject')).toHaveLength(2);
  });

  test('that is given up gives its connection back', async () => {
    const { lake } = await emptyLake();
    const tag = await lake.replace(key, undefined, pieces(threeParts), provenance('c'));

    // The SDK has 50 connections: held by those who stopped reading, they would be used up.
    for (let n = 0; n < 60; n++) for await (const _ of lake.read(key, tag)) break;

    expect(await lake.tagOf(key)).toBe(tag);
  });
});

describe('only certain absence is absence', () => {
  test('fails for 403, and says which right is missing', async () => {
    const { lake } = await lakeWithFault('HeadObject', { fault: 'response', status: 403, code: 'AccessDenied' });

    await expect(lake.tagOf(key)).rejects.toEqual(unavailable('stop-stream', /\(403.*s3:ListBucket/));
  });

  test('fails for a bucket of another region, and says so', async () => {
    const { lake } = await lakeWithFault('HeadObject', { fault: 'response', status: 301, code: 'PermanentRedirect' });

    await expect(lake.tagOf(key)).rejects.toEqual(unavailable('stop-stream', /another region: set AWS_REGION/));
  });

  test('fails without AWS credentials, and says so', async () => {
    const { s3 } = await emptyLake();
    const credentials = async () => {
      throw Object.assign(new Error('none'), { name: 'CredentialsProviderError' });
    };
    const client = new S3Client({ endpoint: s3.endpoint, region: 'us-east-1', credentials });
    const lake = openS3Lake({ client, bucket: s3.bucket, prefix: '', version: '1', spoolFolder: await testFolder() });

    await expect(lake.tagOf(key)).rejects.toEqual(unavailable('stop-stream', /no AWS credentials: log in/));
  });

  test.each([500, 503])('fails for %i', async (status) => {
    const { lake } = await lakeWithFault('HeadObject', { fault: 'response', status, code: 'InternalError' });

    await expect(lake.tagOf(key)).rejects.toEqual(unavailable('retry', new RegExp(`\\(${status}`)));
  });

  test('fails to write to or read from a bucket that is not there', async () => {
    const s3 = await startFakeS3();
    const lake = openS3Lake({
      client: s3.client,
      bucket: 'nowhere',
      prefix: '',
      version: '1',
      spoolFolder: await testFolder(),
    });
    const noBucket = unavailable('stop-stream', /there is no bucket nowhere/);

    await expect(lake.replace(key, undefined, pieces(one), provenance('c'))).rejects.toEqual(noBucket);
    await expect(lake.replace(key, undefined, pieces(threeParts), provenance('c'))).rejects.toEqual(noBucket);
    await expect(lake.put(key, one)).rejects.toEqual(noBucket);
    await expect(bytesOf(lake.read(key, '"x"'))).rejects.toEqual(noBucket);
  });

  test.each(sizes)('fails when writing is denied, written %s', async (_, operation, bytes) => {
    const { lake, tag, s3 } = await lakeWithFault(operation, { fault: 'response', status: 403, code: 'AccessDenied' });

    await expect(lake.replace(key, tag, pieces(bytes), provenance('second'))).rejects.toEqual(
      unavailable('stop-stream', /403 AccessDenied.*s3:PutObject/),
    );

    expect([...s3.uploads]).toEqual([]);
  });

  test('fails with its first cause when nobody can look how a write ended', async () => {
    const { lake, s3, tag } = await lakeWithFault('PutObject', { fault: 'response', status: 503, code: 'SlowDown' });
    const fault = s3.fault;
    s3.fault = (request) =>
      request.operation === 'HeadObject' ? { fault: 'response', status: 500, code: 'InternalError' } : fault(request);

    await expect(lake.replace(key, tag, pieces(two), provenance('second'))).rejects.toEqual(
      unavailable('retry', /cannot replace .* \(503 SlowDown\)/),
    );
  });
});
