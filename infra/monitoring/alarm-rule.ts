import type { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { MetricName } from './stream-metric.ts';

/** When to ring. */
export interface AlarmRule extends AlarmCondition {
  readonly metric: MetricName;
  readonly statistic: 'Maximum' | 'Sum' | 'SampleCount';
  readonly period: Duration;
}

/** When to ring, of a metric that is at hand. */
export interface AlarmCondition {
  /** Also its heading in the runbook, in words: `RereadTooLong` is `reread-too-long`. */
  readonly name: string;
  /** What is the matter, as a sentence without its full stop. */
  readonly says: string;
  /** How many periods one after the other it must hold. */
  readonly periods: number;
  /** Rings above this; or else below `below`. */
  readonly above?: number;
  readonly below?: number;
  readonly missing: 'breaching' | 'notBreaching';
}

/** What an alarm is about, and whom it tells. */
export interface AlarmSubject {
  /** What its name begins with, such as `convlake-prod crescendo.vocconv`. */
  readonly subject: string;
  readonly metric: IMetric;
  readonly topic: ITopic;
}

/** Makes an alarm that tells the topic when it begins and when it is over, and whose text says where the runbook explains it. */
export function createAlarm(scope: Construct, rule: AlarmCondition, { subject, metric, topic }: AlarmSubject): Alarm {
  const alarm = new Alarm(scope, rule.name, {
    alarmName: `${subject} ${runbookAnchor(rule.name)}`,
    alarmDescription: `${rule.says}. Runbook: docs/runbook.md#${runbookAnchor(rule.name)}`,
    metric,
    evaluationPeriods: rule.periods,
    datapointsToAlarm: rule.periods,
    threshold: rule.above ?? rule.below ?? 0,
    comparisonOperator:
      rule.below === undefined ? ComparisonOperator.GREATER_THAN_THRESHOLD : ComparisonOperator.LESS_THAN_THRESHOLD,
    treatMissingData: rule.missing === 'breaching' ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
  });
  const tell = new SnsAction(topic);
  alarm.addAlarmAction(tell);
  alarm.addOkAction(tell);
  return alarm;
}

/** `reread-too-long` of `RereadTooLong`. */
export function runbookAnchor(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}
