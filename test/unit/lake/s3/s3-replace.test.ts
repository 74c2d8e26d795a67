import { S3Client, type ServiceOutputTypes } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import { openS3Lake } from '../../../../functions/lake/s3/s3-lake.ts';
import { pieces } from '../../../support/lake/file-lake.ts';

const key = 'crescendo_vocconv/tenant=a/dt=2026-01-02/2026-01-02.ndjson.gz';

/** What S3 is asked next, and its answer: fields, or a refusal. */
type Step = readonly [operation: string, answer: object];

interface Refusal {
  readonly name: string;
  readonly $metadata: { readonly httpStatusCode?: number };
}

const refusal = (httpStatusCode: number, name: string): Refusal => ({ name, $metadata: { httpStatusCode } });
const conflict = refusal(409, 'ConditionalRequestConflict');
const failed = refusal(412, 'PreconditionFailed');
const denied = refusal(403, 'AccessDenied');
const trouble = refusal(500, 'InternalError');
const nothing = refusal(404, 'NotFound');
const noUpload = refusal(404, 'NoSuchUpload');
const noBucket = refusal(404, 'NoSuchBucket');
const noAnswer: Refusal = { name: 'ECONNRESET', $metadata: {} };
const present = (ETag: string, commitId: string) => ({ ETag, VersionId: 'v7', Metadata: { 'commit-id': commitId } });
const expected = present('"old"', 'an earlier commit');
const own = present('"mine"', 'this commit');
const others = present('"theirs"', 'another commit');
const written = { ETag: '"mine"', VersionId: 'v7' };

const objectChanged = { code: 'object-changed', recovery: 'retry' };
const unavailable = (recovery: string, status?: number) => ({ code: 'lake-unavailable', recovery, status });

/** Replaces the object that has `tag` by so many parts, while S3 answers step by step. */
async function replace(
  steps: readonly Step[],
  { tag, parts }: { readonly tag: string | undefined; readonly parts: number },
) {
  const client = new S3Client({});
  const left = [...steps];
  const sent: string[] = [];
  const conditions = new Set<string>();
  mockClient(client).send.callsFake(async (command): Promise<ServiceOutputTypes> => {
    const operation = command.constructor.name.replace(/Command$/, '');
    sent.push(operation);
    for (const [name, value] of Object.entries(command.input))
      if (name.startsWith('If')) conditions.add(`${name} ${value}`);
    const isNext = operation !== 'UploadPart' || left[0]?.[0] === operation;
    const answer = isNext ? (left.shift()?.[1] ?? {}) : { ETag: '"part"' };
    if ('name' in answer) throw Object.assign(new Error('S3 refuses'), answer);
    return { $metadata: {}, ...answer };
  });
  const lake = openS3Lake({ client, bucket: 'lake', prefix: '', version: '1', spoolFolder: 'unused', partBytes: 4 });
  const bytes = Buffer.alloc(4 * parts, 7);
  const provenance = { commitId: 'this commit', runId: 'run-1', rows: 3 };
  const ended = await lake.replace(key, tag, pieces(bytes), provenance).catch((error: unknown) => error);
  return { ended, sent, conditions: [...conditions], versionId: lake.lastCommit(key)?.versionId };
}

const operations = (steps: readonly Step[]) => steps.map(([operation]) => operation);

describe('a commit of one request', () => {
  const put = (answer: object): Step => ['PutObject', answer];
  const look = (answer: object): Step => ['HeadObject', answer];

  test.each<[string, Step[]]>([
    ['that S3 takes', [put(written)]],
    ['that met another write which did not make it', [put(conflict), look(expected), put(written)]],
    ['that met two', [put(conflict), look(expected), put(conflict), look(expected), put(written)]],
    ['refused over its own earlier success', [put(failed), look(own)]],
    ['that met its own earlier success', [put(conflict), look(own)]],
    ['failed in S3 after it was done', [put(trouble), look(own)]],
    ['whose answer did not come', [put(noAnswer), look(own)]],
    ['answered without an ETag', [put({}), look(own)]],
  ])('%s is success', async (_, steps) => {
    const { ended, sent, conditions, versionId } = await replace(steps, { tag: '"old"', parts: 1 });

    expect({ ended, versionId }).toEqual({ ended: '"mine"', versionId: 'v7' });
    expect(sent).toEqual(operations(steps));
    expect(conditions).toEqual(['IfMatch "old"']);
  });

  test('of a first object that met another write which did not make it is sent again', async () => {
    const steps = [put(conflict), look(nothing), put(written)];

    const { ended, sent, conditions } = await replace(steps, { tag: undefined, parts: 1 });

    expect(ended).toBe('"mine"');
    expect(sent).toEqual(operations(steps));
    expect(conditions).toEqual(['IfNoneMatch *']);
  });

  test.each<[string, Step[], object]>([
    ["refused over somebody else's", [put(failed), look(others)], objectChanged],
    ['refused, though the object is as expected again', [put(failed), look(expected)], objectChanged],
    ['refused as there is no object any more', [put(refusal(404, 'NoSuchKey')), look(nothing)], objectChanged],
    ["that met somebody else's", [put(conflict), look(others)], objectChanged],
    [
      'that met others three times',
      [put(conflict), look(expected), put(conflict), look(expected), put(conflict), look(expected)],
      objectChanged,
    ],
    ["failed in S3, with somebody else's there since", [put(trouble), look(others)], objectChanged],
    ['failed in S3', [put(trouble), look(expected)], unavailable('retry', 500)],
    ['without an answer', [put(noAnswer), look(expected)], unavailable('retry')],
    ['that is denied', [put(denied), look(expected)], unavailable('stop-stream', 403)],
    ['to no bucket', [put(noBucket), look(nothing)], unavailable('stop-stream', 404)],
    ['failed in S3 when looking is denied', [put(trouble), look(denied)], unavailable('retry', 500)],
    ['refused when looking fails', [put(failed), look(trouble)], unavailable('retry', 412)],
  ])('%s fails', async (_, steps, error) => {
    const { ended, sent, versionId } = await replace(steps, { tag: '"old"', parts: 1 });

    expect(ended).toMatchObject(error);
    expect(versionId).toBeUndefined();
    expect(sent).toEqual(operations(steps));
  });
});

describe('a commit of a multipart upload', () => {
  const begin: Step = ['CreateMultipartUpload', { UploadId: 'upload-1' }];
  const complete = (answer: object): Step => ['CompleteMultipartUpload', answer];
  const look = (answer: object): Step => ['HeadObject', answer];
  const abort: Step = ['AbortMultipartUpload', {}];
  const parts = ['UploadPart', 'UploadPart', 'UploadPart'];
  const whole = (steps: readonly Step[]) => ['CreateMultipartUpload', ...parts, ...operations(steps)];

  test.each<[string, Step[]]>([
    ['that S3 takes', [complete(written)]],
    ['that met another write which did not make it', [complete(conflict), look(expected), complete(written)]],
    ['whose upload is gone over its own earlier success', [complete(noUpload), look(own)]],
    ['refused over its own earlier success', [complete(failed), look(own)]],
  ])('%s is success, and sends no part twice', async (_, steps) => {
    const { ended, sent, conditions, versionId } = await replace([begin, ...steps], { tag: '"old"', parts: 3 });

    expect({ ended, versionId }).toEqual({ ended: '"mine"', versionId: 'v7' });
    expect(sent).toEqual(whole(steps));
    expect(conditions).toEqual(['IfMatch "old"']);
  });

  test.each<[string, Step[], object]>([
    [
      'whose upload is gone over another write which did not make it',
      [complete(conflict), look(expected), complete(noUpload), look(expected)],
      objectChanged,
    ],
    ["refused over somebody else's", [complete(failed), look(others)], objectChanged],
    ['failed in S3', [complete(trouble), look(expected)], unavailable('retry', 500)],
    ['that is denied', [complete(denied), look(expected)], unavailable('stop-stream', 403)],
    ['failed in S3 when looking fails', [complete(refusal(503, 'SlowDown')), look(trouble)], unavailable('retry', 503)],
  ])('%s fails, and is aborted once', async (_, steps, error) => {
    const { ended, sent } = await replace([begin, ...steps, abort], { tag: '"old"', parts: 3 });

    expect(ended).toMatchObject(error);
    expect(sent).toEqual(whole([...steps, abort]));
  });

  test('a part of which fails is aborted once and never completed; the first cause counts', async () => {
    const steps: Step[] = [begin, ['UploadPart', trouble], ['AbortMultipartUpload', denied]];

    const { ended, sent } = await replace(steps, { tag: '"old"', parts: 1000 });

    expect(ended).toMatchObject(unavailable('retry', 500));
    expect(sent.filter((operation) => operation !== 'UploadPart')).toEqual([
      'CreateMultipartUpload',
      'AbortMultipartUpload',
    ]);
    expect(sent.length).toBeLessThan(10);
    expect(sent.at(-1)).toBe('AbortMultipartUpload');
  });

  test('that cannot be begun sends nothing more', async () => {
    const { ended, sent } = await replace([['CreateMultipartUpload', denied]], { tag: '"old"', parts: 3 });

    expect(ended).toMatchObject(unavailable('stop-stream', 403));
    expect(sent).toEqual(['CreateMultipartUpload']);
  });
});
