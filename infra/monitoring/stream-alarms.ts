import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { StreamName } from '../../contract/streams.ts';
import { resourceNames } from '../deployment/resource-names.ts';
import { createAlarm } from './alarm-rule.ts';
import { type StreamAlarmSettings, streamAlarmRules } from './stream-alarm-rules.ts';
import { streamMetric } from './stream-metric.ts';

/** What the alarms of one stream are made from. */
export interface StreamAlarmsProps extends StreamAlarmSettings {
  /** Part of the alarms' names, and a dimension of the metrics. */
  readonly stage: string;
  /** The stream to watch. */
  readonly stream: StreamName;
  /** Told when an alarm begins. */
  readonly topic: ITopic;
}

/** All alarms of one stream, over all its tenants: what CloudWatch charges for alarms does not grow with the tenants. */
export class StreamAlarms extends Construct {
  constructor(scope: Construct, id: string, props: StreamAlarmsProps) {
    super(scope, id);
    const { stage, stream, topic } = props;
    for (const rule of streamAlarmRules(props)) {
      createAlarm(this, rule, {
        subject: `${resourceNames.alarmPrefix(stage)} ${stream}`,
        metric: streamMetric({ stage, stream, ...rule }),
        topic,
      });
    }
  }
}
