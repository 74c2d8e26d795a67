import { RemovalPolicy } from 'aws-cdk-lib';
import type { Bucket } from 'aws-cdk-lib/aws-s3';

/**
 * Kept when the stack goes or would replace it, but not when the deploy that creates it fails: nothing has been written to it then, and
 * each further try would leave another empty bucket behind.
 */
export const KEPT_ONCE_DEPLOYED = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

/** Keeps the bucket's policy as long as the bucket, so that what is kept goes on refusing requests without TLS. */
export function keepPolicy(bucket: Bucket): void {
  if (bucket.policy === undefined) throw new Error('a bucket that refuses requests without TLS has a policy');
  bucket.policy.applyRemovalPolicy(KEPT_ONCE_DEPLOYED);
}
