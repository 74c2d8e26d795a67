import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type IScheduleTarget, Schedule, type ScheduleProps } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { keyStatement } from '../storage/key-statement.ts';

/** What a schedule is made from. */
export interface InvokingScheduleProps extends ScheduleProps {
  /**
   * The key of the target's dead-letter queue.
   * @default - a key that SQS manages
   */
  readonly encryptionKey?: IKey | undefined;
}

/**
 * A schedule that waits for the policy of the role which it takes on. CDK's waits for the role alone, so that a schedule whose first
 * turn comes at once would be refused.
 */
export function addInvokingSchedule(
  scope: Construct,
  id: string,
  { target, encryptionKey, ...props }: InvokingScheduleProps,
): Schedule {
  const roles: IRole[] = [];
  const noting: IScheduleTarget = {
    bind(schedule) {
      const config = target.bind(schedule);
      roles.push(config.role);
      return config;
    },
  };
  const schedule = new Schedule(scope, id, { ...props, target: noting });
  for (const role of roles) {
    if (encryptionKey) role.addToPrincipalPolicy(keyStatement(scope, 'UseTheKeyOfDeadLetters', encryptionKey, 'sqs'));
    schedule.node.addDependency(role);
  }
  return schedule;
}
