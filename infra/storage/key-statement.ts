import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** A service that encrypts by a key in the name of a role. */
export type EncryptingService = 's3' | 'sqs';

/**
 * Lets a role use a key through one service of this region, and not by itself: so it can decrypt only what it may read there. The
 * service's name may end in the suffix of its partition, as in China.
 */
export function keyStatement(scope: Construct, sid: string, key: IKey, service: EncryptingService): PolicyStatement {
  return new PolicyStatement({
    sid,
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: [key.keyArn],
    conditions: { StringLike: { 'kms:ViaService': `${service}.${Stack.of(scope).region}.amazonaws.com*` } },
  });
}
