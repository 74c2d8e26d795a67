import type { S3Client } from '@aws-sdk/client-s3';
import { ConvlakeError } from '../../engine/errors.ts';

/** Where a lake lies in S3. */
export interface S3Location {
  readonly client: S3Client;
  readonly bucket: string;
  /**
   * The AWS account that the bucket must belong to; undefined: any. A bucket's name is free again once it was deleted, and a stranger's bucket of
   * that name would be sent rows.
   */
  readonly owner?: string | undefined;
  /** Folder of the lake in the bucket, without slashes at its ends; empty for the bucket itself. */
  readonly prefix: string;
}

/** One object of a lake in S3. */
export interface S3Object {
  readonly client: S3Client;
  /** What every request about it names. */
  readonly name: { readonly Bucket: string; readonly Key: string; readonly ExpectedBucketOwner?: string };
  /** `s3://bucket/key`, for messages. */
  readonly url: string;
}

/** The object at a key, which is relative to the lake's root. */
export function s3Object({ client, bucket, owner, prefix }: S3Location, key: string): S3Object {
  const path = prefix === '' ? key : `${prefix}/${key}`;
  const name = { Bucket: bucket, Key: path, ...(owner !== undefined && { ExpectedBucketOwner: owner }) };
  return { client, name, url: `s3://${bucket}/${path}` };
}

/** The error for an object that is another one than expected. */
export function changed({ url }: Pick<S3Object, 'url'>, cause?: unknown): ConvlakeError {
  return new ConvlakeError(
    'object-changed',
    'retry',
    `${url} is not the object whose tag was taken; take its tag again`,
    cause === undefined ? {} : { cause },
  );
}
