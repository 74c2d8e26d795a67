import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { type IPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

/** What the topic is made from. */
export interface AlarmTopicProps {
  /** A fixed name, so that others can subscribe. */
  readonly topicName: string;
  /** What the names of the alarms begin with, up to a blank. That one of them is over is told too. */
  readonly alarmNamePrefix: string;
  /**
   * An address that is told of every alarm, once its owner has confirmed it.
   * @default - no subscription; others subscribe later
   */
  readonly emailAddress?: string | undefined;
  /**
   * The key that encrypts what is published. Its own policy must let CloudWatch and EventBridge use it.
   * @default - a key of the topic's own
   */
  readonly encryptionKey?: IKey | undefined;
}

/**
 * Where all alarms go: a topic, its key, the leave of this account's alarms to publish, and a rule that publishes when an alarm is over.
 * The key is never the one that SNS manages, under which CloudWatch cannot publish.
 */
export class AlarmTopic extends Construct {
  /** The topic, for alarms. */
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id);
    const alarms = new ServicePrincipal('cloudwatch.amazonaws.com');
    const ownAlarms = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.topic = new Topic(this, 'Topic', {
      topicName: props.topicName,
      displayName: 'convlake',
      masterKey: props.encryptionKey ?? this.#addKey(alarms, ownAlarms),
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
    this.#tellOfOver(props.alarmNamePrefix);
    if (props.emailAddress !== undefined) this.topic.addSubscription(new EmailSubscription(props.emailAddress));
  }

  #addKey(alarms: IPrincipal, ownAlarms: object): Key {
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
    return key;
  }

  /**
   * Tells that an alarm is over, in the words of CloudWatch's own notifications. From its events, since OK actions are also carried out
   * for a new alarm that was never on.
   */
  #tellOfOver(alarmNamePrefix: string): void {
    const state = (path: string) => EventField.fromPath(`$.detail.${path}`);
    new Rule(this, 'Over', {
      description: 'Tells the topic of alarms when one of them is over',
      eventPattern: {
        source: ['aws.cloudwatch'],
        detailType: ['CloudWatch Alarm State Change'],
        detail: {
          alarmName: [{ prefix: `${alarmNamePrefix} ` }],
          previousState: { value: ['ALARM'] },
          state: { value: ['OK'] },
        },
      },
      targets: [
        new SnsTopic(this.topic, {
          message: RuleTargetInput.fromObject({
            AlarmName: state('alarmName'),
            AlarmDescription: state('configuration.description'),
            OldStateValue: state('previousState.value'),
            NewStateValue: state('state.value'),
            NewStateReason: state('state.reason'),
            StateChangeTime: state('state.timestamp'),
            AWSAccountId: EventField.account,
            Region: EventField.region,
          }),
        }),
      ],
    });
  }
}
