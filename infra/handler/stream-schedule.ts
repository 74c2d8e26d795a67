import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type IScheduleGroup, ScheduleExpression, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ExportRequest } from '../../contract/events.ts';
import type { StreamName } from '../../contract/streams.ts';
import { addInvokingSchedule } from './invoking-schedule.ts';
import { acknowledgeStartOf } from './wildcards.ts';

/** What a schedule is made from. */
export interface StreamScheduleProps {
  /** The stream to export; the schedule has its name. */
  readonly stream: StreamName;
  /** The rate: whole minutes, up to a day. */
  readonly every: Duration;
  /** The export function of the stream's source. */
  readonly exportFunction: IFunction;
  /** The group that the schedule belongs to. */
  readonly scheduleGroup: IScheduleGroup;
  /** Receives starts that Lambda did not accept. */
  readonly deadLetterQueue: IQueue;
  /**
   * The key that encrypts the messages of that queue.
   * @default - a key that SQS manages
   */
  readonly encryptionKey?: IKey | undefined;
}

/**
 * Starts a stream for all its tenants, at the stream's own rate. One schedule serves all tenants, so that a hundred tenants take
 * as many resources as one.
 */
export class StreamSchedule extends Construct {
  constructor(scope: Construct, id: string, props: StreamScheduleProps) {
    super(scope, id);
    const { stream, every, exportFunction, scheduleGroup, deadLetterQueue, encryptionKey } = props;
    const request: ExportRequest = { stream };
    addInvokingSchedule(this, 'Schedule', {
      encryptionKey,
      scheduleName: stream,
      description: `Exports ${stream} of every enabled tenant`,
      scheduleGroup,
      schedule: ScheduleExpression.rate(every),
      timeWindow: timeWindow(every.toMinutes()),
      target: new LambdaInvoke(exportFunction, {
        input: ScheduleTargetInput.fromObject(request),
        deadLetterQueue,
        // An invocation that comes an hour late would only meet the next one.
        maxEventAge: Duration.hours(1),
        retryAttempts: 5,
      }),
    });
    acknowledgeStartOf(this, exportFunction);
  }
}

/** A quarter of the rate, 15 minutes at most: not every deployment should call its vendors on the hour. */
function timeWindow(everyMinutes: number): TimeWindow {
  const windowMinutes = Math.min(15, Math.floor(everyMinutes / 4));
  return windowMinutes >= 1 ? TimeWindow.flexible(Duration.minutes(windowMinutes)) : TimeWindow.off();
}
