import type { Duration } from 'aws-cdk-lib';
import { Alarm, CfnAlarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** When an alarm rings, in CloudWatch's own terms. */
export interface AlarmRule {
  /** Names the construct, and in words its heading in the runbook: `RereadTooLong` is `reread-too-long`. */
  readonly name: string;
  /** What is the matter, as a sentence without its full stop. */
  readonly description: string;
  /** How many periods in a row the metric must breach the threshold. */
  readonly evaluationPeriods: number;
  /** What the metric is compared with. */
  readonly threshold: number;
  /**
   * How the metric breaches the threshold.
   * @default ComparisonOperator.GREATER_THAN_THRESHOLD
   */
  readonly comparisonOperator?: ComparisonOperator;
  /**
   * What a period without data counts as.
   * @default TreatMissingData.NOT_BREACHING
   */
  readonly treatMissingData?: TreatMissingData;
  /**
   * How long a new alarm waits before it looks at its metric for the first time: whole minutes, two days at most.
   * @default - it looks at once
   */
  readonly warmUp?: Duration;
}

/** What an alarm is about, and whom it tells. */
export interface AlarmSubject {
  /** What its name begins with, such as `convlake-prod crescendo.vocconv`. */
  readonly subject: string;
  /** What the rule looks at. */
  readonly metric: IMetric;
  /** Told when the alarm begins. That it is over is told by the topic's own rule (`AlarmTopic`). */
  readonly topic: ITopic;
}

/**
 * Creates an alarm that tells the topic when it begins, and whose description links its runbook entry. It has no OK action:
 * CloudWatch carries those out for every change to OK, so that each new alarm would say that it is over as its first word.
 */
export function createAlarm(scope: Construct, rule: AlarmRule, { subject, metric, topic }: AlarmSubject): Alarm {
  const alarm = new Alarm(scope, rule.name, {
    alarmName: `${subject} ${runbookAnchor(rule.name)}`,
    alarmDescription: `${rule.description}. Runbook: docs/runbook.md#${runbookAnchor(rule.name)}`,
    metric,
    evaluationPeriods: rule.evaluationPeriods,
    datapointsToAlarm: rule.evaluationPeriods,
    threshold: rule.threshold,
    comparisonOperator: rule.comparisonOperator ?? ComparisonOperator.GREATER_THAN_THRESHOLD,
    treatMissingData: rule.treatMissingData ?? TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(new SnsAction(topic));
  if (rule.warmUp !== undefined) warmUp(alarm, rule.warmUp);
  return alarm;
}

/**
 * By the resource's property, which the construct does not have yet. To the end of the time, as by default CloudWatch begins as soon as
 * it has data for one evaluation, which the first minutes of a first load are.
 */
function warmUp(alarm: Alarm, time: Duration): void {
  const resource = alarm.node.defaultChild;
  if (!(resource instanceof CfnAlarm)) throw new Error('an alarm construct holds an alarm resource');
  resource.warmUpConfiguration = {
    warmUpPeriodDurationInMinutes: time.toMinutes(),
    onlyStartEvaluatingAfterWarmUpPeriodEnds: true,
  };
}

/** `reread-too-long` of `RereadTooLong`. */
function runbookAnchor(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}
