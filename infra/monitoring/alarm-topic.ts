import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

/** What the topic is made from. */
export interface AlarmTopicProps {
  /** A fixed name, so that others can subscribe. */
  readonly topicName: string;
  /**
   * An address that is told of every alarm, once its owner has confirmed it.
   * @default - no subscription; others subscribe later
   */
  readonly emailAddress?: string | undefined;
}

/**
 * Where all alarms go: a topic, its key, and the leave of this account's alarms to publish. The key is its own, as CloudWatch cannot
 * publish to a topic under the key that SNS manages.
 */
export class AlarmTopic extends Construct {
  /** The topic, for alarms. */
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id);
    const alarms = new ServicePrincipal('cloudwatch.amazonaws.com');
    const ownAlarms = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    const key = new Key(this, 'Key', {
      description: 'Alarms of convlake on their way',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY, // nothing that is kept is under it
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [alarms],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: ownAlarms,
      }),
    );
    this.topic = new Topic(this, 'Topic', {
      topicName: props.topicName,
      displayName: 'convlake',
      masterKey: key,
      enforceSSL: true,
    });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Alarms',
        principals: [alarms],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: ownAlarms,
      }),
    );
    if (props.emailAddress !== undefined) this.topic.addSubscription(new EmailSubscription(props.emailAddress));
  }
}
