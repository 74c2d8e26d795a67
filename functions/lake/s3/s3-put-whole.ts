import { Readable } from 'node:stream';
import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { s3Failure } from './s3-failure.ts';
import type { S3Object } from './s3-location.ts';

/** Parts in sending; each is in memory. */
const PARTS_IN_FLIGHT = 2;

/**
 * Writes an object of whatever size without a condition: in one request where it is small, else as a multipart upload. lib-storage does
 * here, unlike for commits: what it wrote is the same whoever wrote it last, so nobody has to look who did.
 * @throws ConvlakeError `lake-unavailable`; errors of the pieces pass through untouched
 */
export async function putWhole(
  object: S3Object,
  pieces: AsyncIterable<Uint8Array>,
  { partBytes, version }: { readonly partBytes: number; readonly version: string },
): Promise<void> {
  let broken: { readonly cause: unknown } | undefined;
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces;
    } catch (cause) {
      broken = { cause };
      throw cause;
    }
  }
  const upload = new Upload({
    client: object.client,
    queueSize: PARTS_IN_FLIGHT,
    partSize: partBytes,
    leavePartsOnError: true, // else an abort that fails hides why the upload did
    params: {
      ...object.name,
      Body: Readable.from(watched(), { objectMode: false }),
      ContentType: 'application/gzip', // no ContentEncoding: with one, some clients unpack the object on the way
      Metadata: { 'convlake-version': version },
    },
  });
  await upload.done().catch(async (cause: unknown) => {
    const { uploadId: UploadId } = upload;
    if (UploadId !== undefined) {
      const abort = new AbortMultipartUploadCommand({ ...object.name, UploadId });
      await object.client.send(abort).catch(() => undefined); // a rule of the bucket ends what this cannot
    }
    throw broken ? broken.cause : s3Failure('write', object, cause);
  });
}
