import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { RUN_REPORT_DAYS, RUN_REPORTS } from '../../contract/layout.ts';
import { encryptedBy, KEPT_ONCE_DEPLOYED, keepPolicy } from './kept-bucket.ts';

/** Where the lake is. */
export interface LakeBucketProps {
  /**
   * An existing bucket.
   * @default - a bucket of the stack's own
   */
  readonly bucketName?: string | undefined;
  /**
   * The AWS account that an existing bucket belongs to.
   * @default - the stack's
   */
  readonly bucketOwner?: string | undefined;
  /**
   * The key that encrypts the objects.
   * @default - keys that S3 manages
   */
  readonly encryptionKey?: IKey | undefined;
}

/**
 * The bucket of the lake. One of the stack's own is kept when the stack goes, keeps every version for 30 days so that a mistake
 * can be undone, drops run reports that are of no interest any more (and never a row), and tells EventBridge of every object written so that readers need not poll. An existing one is left as it is.
 */
export class LakeBucket extends Construct {
  /** The bucket, with its key if it has one. */
  readonly bucket: IBucket;
  /** Whether it is the stack's own. */
  readonly isOwn: boolean;
  /** The AWS account that it belongs to. */
  readonly owner: string;

  constructor(scope: Construct, id: string, props: LakeBucketProps) {
    super(scope, id);
    this.isOwn = props.bucketName === undefined;
    this.owner = (this.isOwn ? undefined : props.bucketOwner) ?? Stack.of(this).account;
    this.bucket =
      props.bucketName === undefined
        ? this.#createBucket(props.encryptionKey)
        : Bucket.fromBucketAttributes(this, 'Bucket', {
            bucketName: props.bucketName,
            ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
          });
  }

  #createBucket(encryptionKey: IKey | undefined): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      ...encryptedBy(encryptionKey),
      versioned: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: KEPT_ONCE_DEPLOYED,
      lifecycleRules: [
        { id: 'OldVersionsGo', noncurrentVersionExpiration: Duration.days(30), expiredObjectDeleteMarker: true },
        { id: 'RunReportsGo', prefix: `${RUN_REPORTS}/`, expiration: Duration.days(RUN_REPORT_DAYS) },
        { id: 'UnfinishedUploadsGo', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
    keepPolicy(bucket);
    notifyEventBridge(bucket);
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Server access logs are best effort and would need a second bucket. Writers are the export functions alone, every commit leaves a version with its run in the metadata, and CloudTrail data events record readers where an account wants that.',
    });
    return bucket;
  }
}

/** By the bucket's own property: `eventBridgeEnabled` of the construct deploys a function of CDK's to set the same thing. */
function notifyEventBridge(bucket: Bucket): void {
  const resource = bucket.node.defaultChild;
  if (!(resource instanceof CfnBucket)) throw new Error('a bucket construct holds a bucket resource');
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
}
