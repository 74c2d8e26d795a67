import { Duration, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { BACKFILL_FILES } from '../../contract/backfill.ts';
import { encryptedBy, KEPT_ONCE_DEPLOYED, keepPolicy } from './kept-bucket.ts';

/** Where Athena's results lie in the bucket, without a slash at either end. */
export const RESULTS_PREFIX = 'results';

/** What the bucket is made from. */
export interface ResultsBucketProps {
  /**
   * The key that encrypts the results.
   * @default - keys that S3 manages
   */
  readonly encryptionKey?: IKey | undefined;
}

/**
 * The bucket of Athena's results and of what passes between the steps of a backfill, apart from the lake: results are copies of rows
 * that are not needed for longer than a week, and the lake's bucket may not be ours to configure. Kept when the stack goes, as
 * CloudFormation cannot delete a bucket with objects.
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
        {
          id: 'ResultsGo',
          prefix: `${RESULTS_PREFIX}/`,
          expiration: Duration.days(7),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
        // An execution lasts for 30 days at most, and can be redriven for 14 more.
        {
          id: 'BackfillsGo',
          prefix: `${BACKFILL_FILES}/`,
          expiration: Duration.days(90),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    keepPolicy(this.bucket);
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Holds results of Athena for a week and the plans of backfills; who asked what is in the history of the workgroup and in CloudTrail.',
    });
  }
}
