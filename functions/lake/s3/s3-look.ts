import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { Tag } from '../../engine/ports.ts';
import { COMMIT_ID } from './put-headers.ts';
import { s3Failure, statusOf } from './s3-failure.ts';
import type { S3Object } from './s3-location.ts';

/** What lies at a key. */
export interface Present {
  readonly tag: Tag;
  /** Of a bucket that keeps versions. */
  readonly versionId: string | undefined;
  /** Of the commit that wrote it; undefined where something else did. */
  readonly commitId: string | undefined;
}

/**
 * Looks what lies at a key; undefined only when S3 says 404. (A bucket that is not there looks the same here, for a HEAD has
 * no body to say so; the write that follows does.)
 * @throws ConvlakeError `lake-unavailable`
 */
export async function look(object: S3Object): Promise<Present | undefined> {
  try {
    const { ETag, VersionId, Metadata } = await object.client.send(new HeadObjectCommand(object.name));
    if (ETag === undefined) throw new Error('S3 returned no ETag');
    return { tag: ETag, versionId: VersionId, commitId: Metadata?.[COMMIT_ID] };
  } catch (cause) {
    if (statusOf(cause) === 404) return undefined;
    throw s3Failure('look at', object, cause);
  }
}
