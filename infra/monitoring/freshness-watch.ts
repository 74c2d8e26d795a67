import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type IScheduleGroup, Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type DeployedStream, Env } from '../../contract/environment.ts';
import { resourceNames } from '../deployment/resource-names.ts';
import { parameterArn } from '../handler/export-permissions.ts';
import { HandlerFunction } from '../handler/handler-function.ts';
import { acknowledgeStartOf } from '../handler/wildcards.ts';

/** How often the checkpoints are looked at: the resolution of everything that alarms know of age. */
export const watchEvery = Duration.minutes(15);

/** What the watch is made from. */
export interface WatchProps {
  readonly stage: string;
  readonly streams: readonly DeployedStream[];
  readonly group: IScheduleGroup;
  readonly deadLetters: IQueue;
}

/** Looks at every checkpoint from outside, so that a stream that does not run at all is noticed too. */
export class Watch extends Construct {
  readonly lambda: LambdaFunction;
  readonly logGroupName: string;

  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    const { stage, streams, group, deadLetters } = props;
    const handler = new HandlerFunction(this, 'Handler', {
      name: resourceNames.watchFunction(stage),
      description: 'Reports how old what each stream has read is',
      file: 'watch.handler.ts',
      streams,
      environment: { [Env.stage]: stage },
      timeout: Duration.minutes(5),
      memoryMiB: 256,
      deadLetters,
      retries: 1,
      oldestEvent: watchEvery,
    });
    handler.allow('It reads the checkpoints of all streams of its stage, and nothing else', [
      new PolicyStatement({
        sid: 'ReadCheckpoints',
        actions: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'],
        resources: [parameterArn(Stack.of(this), `convlake/${stage}/*`)],
      }),
    ]);
    new Schedule(this, 'Schedule', {
      scheduleName: 'watch',
      description: 'Looks at the checkpoints of all streams and tenants',
      scheduleGroup: group,
      schedule: ScheduleExpression.rate(watchEvery),
      target: new LambdaInvoke(handler.lambda, {
        deadLetterQueue: deadLetters,
        maxEventAge: watchEvery,
        retryAttempts: 2,
      }),
    });
    acknowledgeStartOf(this, handler.lambda);
    this.lambda = handler.lambda;
    this.logGroupName = handler.logGroupName;
  }
}
