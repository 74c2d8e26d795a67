import { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type Bucket, BucketEncryption, type BucketProps } from 'aws-cdk-lib/aws-s3';

/**
 * Kept when the stack goes or would replace it, but not when the deploy that creates it fails: nothing has been written to it then, and
 * each further try would leave another empty bucket behind.
 */
export const KEPT_ONCE_DEPLOYED = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

/** Encryption by a key, with one call to KMS for many objects; or, without one, by keys that S3 manages. */
export function encryptedBy(encryptionKey: IKey | undefined): BucketProps {
  return encryptionKey
    ? { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }
    : { encryption: BucketEncryption.S3_MANAGED };
}

/** Keeps the bucket's policy as long as the bucket, so that what is kept goes on refusing requests without TLS. */
export function keepPolicy(bucket: Bucket): void {
  if (bucket.policy === undefined) throw new Error('a bucket that refuses requests without TLS has a policy');
  bucket.policy.applyRemovalPolicy(KEPT_ONCE_DEPLOYED);
}
