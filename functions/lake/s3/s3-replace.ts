import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Provenance, Tag } from '../../engine/ports.ts';
import { type PartBuffers, partBuffers, partsOf } from './part-buffers.ts';
import { type Condition, conditionOf, headersOf, type Written } from './put-headers.ts';
import { isNoBucket, nameOfError, s3Failure, statusOf } from './s3-failure.ts';
import { changed, type S3Object } from './s3-location.ts';
import { look } from './s3-look.ts';
import { openMultipart } from './s3-multipart.ts';

/** How often a write is sent again that a simultaneous one got in the way of. */
const CONFLICT_TRIES = 3;

/** What is to take an object's place. */
export interface Replacement {
  readonly expected: Tag | undefined;
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly provenance: Provenance;
  /** Of convlake. */
  readonly version: string;
  /** Size of the parts of an upload, bytes. */
  readonly partBytes: number;
}

/** What a commit left behind. */
export interface Commit {
  readonly tag: Tag;
  /** Of a bucket that keeps versions. */
  readonly versionId: string | undefined;
}

/**
 * Puts the pieces in the object's place, if it is still the one that is expected: in one request where they fit into one
 * part, else as a multipart upload whose completion is the commit.
 * @throws ConvlakeError `object-changed`, `lake-unavailable`; errors of the pieces pass through untouched
 */
export async function replaceObject(object: S3Object, replacement: Replacement): Promise<Commit> {
  const buffers = partBuffers(replacement.partBytes);
  const parts = partsOf(replacement.pieces, buffers);
  try {
    const first = await parts.next();
    const second = await parts.next();
    if (first.done || second.done) return await putObject(object, replacement, first.value ?? new Uint8Array());
    return await uploadObject(object, replacement, again([first.value, second.value], parts), buffers);
  } finally {
    await parts.return(undefined).catch(() => undefined); // ends the pieces' source; the first cause counts
  }
}

async function putObject(object: S3Object, replacement: Replacement, bytes: Uint8Array): Promise<Commit> {
  const put = { ...object.name, ...headersOf(replacement.provenance, replacement.version), Body: bytes };
  return commit(object, replacement, (condition) => object.client.send(new PutObjectCommand({ ...put, ...condition })));
}

async function uploadObject(
  object: S3Object,
  replacement: Replacement,
  parts: AsyncIterable<Uint8Array>,
  buffers: PartBuffers,
): Promise<Commit> {
  const headers = headersOf(replacement.provenance, replacement.version);
  const upload = await openMultipart(object, headers);
  try {
    await upload.send(parts, buffers.release);
    return await commit(object, replacement, upload.complete);
  } catch (error) {
    await upload.abort();
    throw error;
  }
}

async function* again<T>(taken: readonly T[], rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield* taken;
  yield* rest;
}

/**
 * Sends the one request that makes the write seen, and finds out how it ended. Whatever S3 responds, its response may be to
 * a request that the SDK sent again after the first one's success was lost on the way; so it looks first.
 */
async function commit(
  object: S3Object,
  { expected, provenance }: Replacement,
  send: (condition: Condition) => Promise<Written>,
): Promise<Commit> {
  for (let triesLeft = CONFLICT_TRIES; ; triesLeft--) {
    try {
      const { ETag, VersionId } = await send(conditionOf(expected));
      if (ETag === undefined) throw new Error('S3 returned no ETag');
      return { tag: ETag, versionId: VersionId };
    } catch (cause) {
      const failure = s3Failure('replace', object, cause);
      const present = await look(object).catch(() => {
        throw failure; // the first cause counts
      });
      if (present?.commitId === provenance.commitId) return present;
      const outcome = outcomeOf(cause, present?.tag === expected);
      if (outcome === 'failed') throw failure;
      if (outcome === 'changed' || triesLeft <= 1) throw changed(object, cause);
    }
  }
}

/** How S3 says that another write was under way, and that the object is another one or the upload gone; in a 200 too, where a status says nothing. */
const CONFLICT: readonly unknown[] = [409, 'ConditionalRequestConflict', 'OperationAborted'];
const CHANGED: readonly unknown[] = [404, 412, 'NoSuchKey', 'NoSuchUpload', 'PreconditionFailed'];

/**
 * A conflict over an object that is as expected means that another write was under way and did not make it. An upload that S3
 * dropped over it is gone then, and the caller merges again, as it does for a condition that does not hold.
 */
function outcomeOf(cause: unknown, asExpected: boolean): 'again' | 'changed' | 'failed' {
  const told = [statusOf(cause), nameOfError(cause)];
  if (isNoBucket(cause)) return 'failed';
  const isConflict = told.some((one) => CONFLICT.includes(one));
  if (isConflict && asExpected) return 'again';
  if (isConflict || told.some((one) => CHANGED.includes(one))) return 'changed';
  return asExpected ? 'failed' : 'changed';
}
