import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
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
}

/** What an alarm is about, and whom it tells. */
export interface AlarmSubject {
  /** What its name begins with, such as `convlake-prod crescendo.vocconv`. */
  readonly subject: string;
  /** What the rule looks at. */
  readonly metric: IMetric;
  /** Told when the alarm begins and when it is over. */
  readonly topic: ITopic;
}

/** Creates an alarm that tells the topic when it begins and when it is over, and whose description links its runbook entry. */
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
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
  return alarm;
}

/** `reread-too-long` of `RereadTooLong`. */
function runbookAnchor(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}
