import { Duration, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { KEPT_ONCE_DEPLOYED, keepPolicy } from './kept-bucket.ts';

/**
 * The bucket of Athena's results, apart from the lake: results are copies of rows that are not needed for longer than a week, and
 * the lake's bucket may not be ours to configure. Kept when the stack goes, as CloudFormation cannot delete a bucket with objects.
 */
export class ResultsBucket extends Construct {
  /** The bucket. */
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
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
