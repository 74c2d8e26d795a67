import { Readable } from 'node:stream';
import { Upload } from '@aws-sdk/lib-storage';
import { describe, expect, test } from 'vitest';
import { type S3Fault, startFakeS3 } from '../../support/aws/fake-s3.ts';

/** The smallest part that it takes. */
const PART_BYTES = 5 * 1024 * 1024;
const PARTS = 24;
const IN_FLIGHT = 3;

const denied = { fault: 'response', status: 403, code: 'AccessDenied' } as const;
const conflict = { fault: 'response', status: 409, code: 'ConditionalRequestConflict' } as const;

interface Trouble {
  readonly fault?: (operation: string, times: number) => S3Fault | undefined;
  readonly sourceFailsAt?: number;
  readonly leavePartsOnError?: boolean;
}

/** An upload of many parts under a condition, as a commit would be one. */
async function upload({ fault, sourceFailsAt, leavePartsOnError = true }: Trouble) {
  const s3 = await startFakeS3({ keepsNoParts: true });
  s3.fault = ({ operation, times }) => fault?.(operation, times);
  let read = 0;
  async function* source() {
    for (let part = 0; part < PARTS; part++) {
      if (part === sourceFailsAt) throw new Error('the source broke');
      read++;
      yield Buffer.alloc(PART_BYTES, part);
    }
  }
  const Body = Readable.from(source(), { objectMode: false });
  const one = new Upload({
    client: s3.client,
    queueSize: IN_FLIGHT,
    partSize: PART_BYTES,
    leavePartsOnError,
    params: { Bucket: s3.bucket, Key: 'k', IfNoneMatch: '*', Body },
  });
  const error = await one.done().then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return { error, read, s3, one };
}

/** What decision 0005 rests on: a new version of lib-storage that fails here is a reason to read that page again. */
describe("lib-storage's Upload, were it to commit", () => {
  test('ends with the first cause when a part fails, and reads its source no farther', async () => {
    const { error, read } = await upload({
      fault: (operation, times) => (operation === 'UploadPart' && times === 2 ? denied : undefined),
    });

    expect(error).toMatchObject({ name: 'AccessDenied' });
    expect(read).toBeLessThanOrEqual(2 * IN_FLIGHT + 1);
  });

  test('ends with the first cause when its source fails', async () => {
    const { error } = await upload({ sourceFailsAt: 5 });

    expect(error).toEqual(new Error('the source broke'));
  });

  test('hides the first cause behind an abort that fails, unless it is told to leave the parts', async () => {
    const aborted = { fault: 'response', status: 500, code: 'InternalError' } as const;
    const fault = (operation: string) =>
      operation === 'UploadPart' ? denied : operation === 'AbortMultipartUpload' ? aborted : undefined;

    expect((await upload({ fault, leavePartsOnError: false })).error).toMatchObject({ name: 'InternalError' });
    expect((await upload({ fault })).error).toMatchObject({ name: 'AccessDenied' });
  });

  test('leaves a refused upload, and can neither complete it again nor tell of which parts it is', async () => {
    const { error, s3, one } = await upload({
      fault: (operation) => (operation === 'CompleteMultipartUpload' ? conflict : undefined),
    });

    expect(error).toMatchObject({ name: 'ConditionalRequestConflict' });
    expect([...s3.uploads.keys()]).toEqual([one.uploadId]);
    await expect(one.done()).rejects.toThrow(/already executed/);
    // @ts-expect-error the list of parts is private
    expect(one.uploadedParts).toHaveLength(PARTS);
  });

  test('takes no part below 5 MB, so that no simulation of small objects could try a commit in parts', async () => {
    const s3 = await startFakeS3();
    const params = { Bucket: s3.bucket, Key: 'k', Body: Readable.from([]) };

    expect(() => new Upload({ client: s3.client, partSize: 1024, params })).toThrow(/EntityTooSmall/);
  });
});
