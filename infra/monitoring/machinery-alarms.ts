import { Duration } from 'aws-cdk-lib';
import { Metric as CloudWatchMetric, type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { FunctionMetric, METRIC_NAMESPACE, MetricDimension } from '../../contract/metrics.ts';
import { resourceNames } from '../deployment/resource-names.ts';
import type { ExportFunction } from '../handler/export-function.ts';
import { type AlarmRule, createAlarm } from './alarm-rule.ts';

/** What the alarms of the machinery are made from. */
export interface MachineryAlarmsProps {
  /** Part of the alarms' names, and a dimension of the metrics. */
  readonly stage: string;
  /** Told when an alarm begins. */
  readonly topic: ITopic;
  /** The queue in which no message should lie. */
  readonly deadLetterQueue: IQueue;
  /** The backfill, whose executions should succeed. */
  readonly backfill: IStateMachine;
  /** The functions that should not crash. */
  readonly exportFunctions: readonly ExportFunction[];
}

/** Alarms of what no run can report itself: crashes, invocations given up, backfills that ended early. */
export class MachineryAlarms extends Construct {
  constructor(scope: Construct, id: string, props: MachineryAlarmsProps) {
    super(scope, id);
    const { stage, topic, deadLetterQueue, backfill, exportFunctions } = props;
    for (const exportFunction of exportFunctions) {
      const { source } = exportFunction.source;
      createAlarm(new Construct(this, source), CRASHING, {
        subject: `${resourceNames.alarmPrefix(stage)} ${source}`,
        metric: crashes(stage, exportFunction),
        topic,
      });
    }
    const subject = resourceNames.alarmPrefix(stage);
    const visible = deadLetterQueue.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(5),
      statistic: 'Maximum',
    });
    createAlarm(this, DEAD_LETTERS, { subject, metric: visible, topic });
    createAlarm(this, BACKFILL_FAILED, { subject, metric: failedExecutions(backfill), topic });
  }
}

const CRASHING: AlarmRule = {
  name: 'Crashing',
  description:
    'In two hours one after the other the function ended without a word: killed by time or memory, or not able to start',
  evaluationPeriods: 2,
  threshold: 0,
};

const DEAD_LETTERS: AlarmRule = {
  name: 'DeadLetters',
  description: 'Invocations failed for good and wait in the dead-letter queue',
  evaluationPeriods: 1,
  threshold: 0,
};

const BACKFILL_FAILED: AlarmRule = {
  name: 'BackfillFailed',
  description: 'A backfill ended before all of its spans were read',
  evaluationPeriods: 1,
  threshold: 0,
};

/** Errors of the function that it did not tell of itself, live run or backfill. */
function crashes(stage: string, { source, lambdaFunction }: ExportFunction): IMetric {
  const period = Duration.hours(1);
  const told = new CloudWatchMetric({
    namespace: METRIC_NAMESPACE,
    metricName: FunctionMetric.failed,
    dimensionsMap: { [MetricDimension.stage]: stage, [FunctionMetric.dimension]: source.source },
    statistic: 'Sum',
    period,
  });
  return new MathExpression({
    label: 'invocations that crashed',
    expression: 'FILL(errors, 0) - FILL(told, 0)',
    usingMetrics: { errors: lambdaFunction.metricErrors({ period, statistic: 'Sum' }), told },
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
