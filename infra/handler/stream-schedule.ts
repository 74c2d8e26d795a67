import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  type IScheduleGroup,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ExportRequest } from '../../contract/events.ts';
import type { StreamName } from '../../contract/streams.ts';
import { acknowledgeStartOf } from './wildcards.ts';

/** What a schedule is made from. */
export interface StreamScheduleProps {
  readonly stream: StreamName;
  /** Whole minutes. */
  readonly every: Duration;
  readonly lambda: IFunction;
  readonly group: IScheduleGroup;
  readonly deadLetters: IQueue;
}

/** Starts a stream for all its tenants, at its own rate. The name of the schedule is that of the stream. */
export class StreamSchedule extends Construct {
  constructor(scope: Construct, id: string, props: StreamScheduleProps) {
    super(scope, id);
    const request: ExportRequest = { stream: props.stream };
    new Schedule(this, 'Schedule', {
      scheduleName: props.stream,
      description: `Exports ${props.stream} of every enabled tenant`,
      scheduleGroup: props.group,
      schedule: ScheduleExpression.rate(props.every),
      timeWindow: timeWindow(props.every.toMinutes()),
      target: new LambdaInvoke(props.lambda, {
        input: ScheduleTargetInput.fromObject(request),
        deadLetterQueue: props.deadLetters,
        // An invocation that comes an hour late would only meet the next one.
        maxEventAge: Duration.hours(1),
        retryAttempts: 5,
      }),
    });
    acknowledgeStartOf(this, props.lambda);
  }
}

/** A quarter of the rate, 15 minutes at most: vendors and Lambda are not to be met by everybody at the full hour. */
function timeWindow(everyMinutes: number): TimeWindow {
  const windowMinutes = Math.min(15, Math.floor(everyMinutes / 4));
  return windowMinutes >= 1 ? TimeWindow.flexible(Duration.minutes(windowMinutes)) : TimeWindow.off();
}
