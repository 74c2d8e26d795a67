import { Duration, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/**
 * The queue in which invocations and starts that failed for good lie for two weeks. Without a key of its own SQS manages one. CDK is
 * not told of the key, as it would let every sender use it for everything: who sends needs a `keyStatement` of SQS besides.
 */
export function addDeadLetterQueue(scope: Construct, id: string, encryptionKey: IKey | undefined): Queue {
  const queue = new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  if (encryptionKey !== undefined) encryptBy(queue, encryptionKey);
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'It is the dead-letter queue of functions and schedules.',
  });
  return queue;
}

function encryptBy(queue: Queue, key: IKey): void {
  const resource = queue.node.defaultChild;
  if (!(resource instanceof CfnQueue)) throw new Error('a queue construct holds a queue resource');
  resource.sqsManagedSseEnabled = undefined;
  resource.kmsMasterKeyId = key.keyArn;
}
