import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { type IScheduleGroup, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type DeployedStream, Env } from '../../contract/environment.ts';
import { WATCH_PERIOD_MS } from '../../contract/staleness.ts';
import { resourceNames } from '../deployment/resource-names.ts';
import { HandlerFunction } from '../handler/handler-function.ts';
import { addInvokingSchedule } from '../handler/invoking-schedule.ts';
import { parameterArn } from '../handler/parameter-arn.ts';
import { acknowledgeStartOf } from '../handler/wildcards.ts';

/** How often the checkpoints are read: the resolution of everything that alarms know of age. */
export const WATCH_PERIOD = Duration.minutes(WATCH_PERIOD_MS / 60_000);

/** What the watch is made from. */
export interface FreshnessWatchProps {
  /** Part of the names of the function and of the checkpoints that it reads. */
  readonly stage: string;
  /** Every configured stream and tenant. */
  readonly streams: readonly DeployedStream[];
  /** The group that the watch's schedule belongs to. */
  readonly scheduleGroup: IScheduleGroup;
  /** Receives starts and invocations that failed for good. */
  readonly deadLetterQueue: IQueue;
  /**
   * The key that encrypts its log and the messages of that queue.
   * @default - keys that the services manage
   */
  readonly encryptionKey?: IKey | undefined;
}

/**
 * A function on a schedule of its own that reads every checkpoint and reports how old its data is. It watches from outside, so
 * that a stream that does not run at all is noticed too.
 */
export class FreshnessWatch extends Construct {
  /** Where the watch writes one line for each tenant. */
  readonly logGroup: ILogGroup;

  constructor(scope: Construct, id: string, props: FreshnessWatchProps) {
    super(scope, id);
    const { stage, streams, scheduleGroup, deadLetterQueue, encryptionKey } = props;
    const handler = new HandlerFunction(this, 'Handler', {
      functionName: resourceNames.watchFunction(stage),
      description: 'Reports how old what each stream has read is',
      entry: 'watch.handler.ts',
      streams,
      environment: { [Env.stage]: stage },
      timeout: Duration.minutes(5),
      memorySize: 256,
      deadLetterQueue,
      encryptionKey,
      retryAttempts: 1,
      maxEventAge: WATCH_PERIOD,
    });
    const readCheckpoints = new PolicyStatement({
      sid: 'ReadCheckpoints',
      actions: ['ssm:GetParameter', 'ssm:GetParameters'],
      resources: [parameterArn(Stack.of(this), `convlake/${stage}/*`)],
    });
    handler.addToRolePolicy(
      [readCheckpoints],
      'It reads the checkpoints of all streams of its stage, and nothing else',
    );
    const schedule = addInvokingSchedule(this, 'Schedule', {
      encryptionKey,
      scheduleName: 'watch',
      description: 'Looks at the checkpoints of all streams and tenants',
      scheduleGroup,
      schedule: ScheduleExpression.rate(WATCH_PERIOD),
      target: new LambdaInvoke(handler.lambdaFunction, {
        deadLetterQueue,
        maxEventAge: WATCH_PERIOD,
        retryAttempts: 2,
      }),
    });
    schedule.node.addDependency(handler);
    acknowledgeStartOf(this, handler.lambdaFunction);
    this.logGroup = handler.logGroup;
  }
}
