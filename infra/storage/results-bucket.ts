import { Duration, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { encryptedBy, KEPT_ONCE_DEPLOYED, keepPolicy } from './kept-bucket.ts';

/** What the bucket is made from. */
export interface ResultsBucketProps {
  /**
   * The key that encrypts the results.
   * @default - keys that S3 manages
   */
  readonly encryptionKey?: IKey | undefined;
}

/**
 * The bucket of Athena's results, apart from the lake: results are copies of rows that are not needed for longer than a week, and
 * the lake's bucket may not be ours to configure. Kept when the stack goes, as CloudFormation cannot delete a bucket with objects.
 */
export class ResultsBucket extends Construct {
  /** The bucket. */
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { encryptionKey }: ResultsBucketProps = {}) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      ...encryptedBy(encryptionKey),
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: KEPT_ONCE_DEPLOYED,
      lifecycleRules: [
        { id: 'ResultsGo', expiration: Duration.days(7), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
    keepPolicy(this.bucket);
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Holds nothing but results of Athena for a week; who asked what is in the history of the workgroup and in CloudTrail.',
    });
  }
}
