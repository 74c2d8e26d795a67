import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Metric } from '../../contract/metrics.ts';
import type { SourceName, StreamDefinition } from '../../contract/streams.ts';
import { type AlarmCondition, createAlarm } from './alarm-rule.ts';
import { streamMetric } from './stream-metric.ts';

/** What the alarms of the machinery are made from. */
export interface MachineryAlarmsProps {
  readonly stage: string;
  readonly topic: ITopic;
  readonly deadLetters: IQueue;
  readonly backfill: IStateMachine;
  /** The export functions, each with the streams that it runs. */
  readonly functions: readonly {
    readonly lambda: IFunction;
    readonly source: SourceName;
    readonly streams: readonly StreamDefinition[];
  }[];
}

/** Alarms of what no stream's run can tell of itself. */
export class MachineryAlarms extends Construct {
  constructor(scope: Construct, id: string, { stage, topic, deadLetters, backfill, functions }: MachineryAlarmsProps) {
    super(scope, id);
    for (const { lambda, source, streams } of functions) {
      createAlarm(new Construct(this, source), crashing, {
        subject: `convlake-${stage} ${source}`,
        metric: crashes(stage, lambda, streams),
        topic,
      });
    }
    const subject = `convlake-${stage}`;
    const visible = deadLetters.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(5),
      statistic: 'Maximum',
    });
    createAlarm(this, deadLettersWait, { subject, metric: visible, topic });
    createAlarm(this, backfillFailed, { subject, metric: failedExecutions(backfill), topic });
  }
}

const crashing: AlarmCondition = {
  name: 'Crashing',
  says: 'In two hours one after the other the function ended without a word: killed by time or memory, or not able to start',
  periods: 2,
  above: 0,
  missing: 'notBreaching',
};

const deadLettersWait: AlarmCondition = {
  name: 'DeadLetters',
  says: 'Invocations failed for good and wait in the dead-letter queue',
  periods: 1,
  above: 0,
  missing: 'notBreaching',
};

const backfillFailed: AlarmCondition = {
  name: 'BackfillFailed',
  says: 'A backfill ended before all of its spans were read',
  periods: 1,
  above: 0,
  missing: 'notBreaching',
};

/** Errors of the function that are not runs which failed and said so. */
function crashes(stage: string, lambda: IFunction, streams: readonly StreamDefinition[]): IMetric {
  const period = Duration.hours(1);
  const failed = streams.map(({ stream }, index) => [
    `failed${index}`,
    streamMetric({ stage, stream, metric: Metric.failed, statistic: 'Sum', period }),
  ]);
  return new MathExpression({
    label: 'invocations that crashed',
    expression: ['FILL(errors, 0)', ...streams.map((_, index) => `FILL(failed${index}, 0)`)].join(' - '),
    usingMetrics: { errors: lambda.metricErrors({ period, statistic: 'Sum' }), ...Object.fromEntries(failed) },
    period,
  });
}

function failedExecutions(backfill: IStateMachine): IMetric {
  const period = Duration.minutes(5);
  return new MathExpression({
    label: 'executions that did not succeed',
    expression: 'FILL(failed, 0) + FILL(timedOut, 0)',
    usingMetrics: {
      failed: backfill.metricFailed({ period, statistic: 'Sum' }),
      timedOut: backfill.metricTimedOut({ period, statistic: 'Sum' }),
    },
    period,
  });
}
