import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** Where the lake is. */
export interface LakeBucketProps {
  /** An existing bucket. @default - a bucket of the stack's own */
  readonly bucketName?: string | undefined;
  /** The key that encrypts the objects. @default - keys that S3 manages */
  readonly key?: IKey | undefined;
}

/**
 * The bucket of the lake. An own one is kept when the stack goes, holds every version of the last 30 days, and tells EventBridge
 * of every object written. An existing one is left as it is.
 */
export class LakeBucket extends Construct {
  readonly bucket: IBucket;
  readonly isOwn: boolean;

  constructor(scope: Construct, id: string, props: LakeBucketProps) {
    super(scope, id);
    this.isOwn = props.bucketName === undefined;
    this.bucket =
      props.bucketName === undefined
        ? this.createBucket(props.key)
        : Bucket.fromBucketAttributes(this, 'Bucket', {
            bucketName: props.bucketName,
            ...(props.key && { encryptionKey: props.key }),
          });
  }

  private createBucket(key: IKey | undefined): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      ...(key
        ? { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }
        : { encryption: BucketEncryption.S3_MANAGED }),
      versioned: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        { id: 'OldVersionsGo', noncurrentVersionExpiration: Duration.days(30), expiredObjectDeleteMarker: true },
        { id: 'UnfinishedUploadsGo', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
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
