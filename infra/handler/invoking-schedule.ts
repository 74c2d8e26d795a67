import type { IRole } from 'aws-cdk-lib/aws-iam';
import { type IScheduleTarget, Schedule, type ScheduleProps } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';

/**
 * A schedule that waits for the policy of the role which it takes on. CDK's waits for the role alone, so that a schedule whose first
 * turn comes at once would be refused.
 */
export function addInvokingSchedule(scope: Construct, id: string, { target, ...props }: ScheduleProps): Schedule {
  const roles: IRole[] = [];
  const noting: IScheduleTarget = {
    bind(schedule) {
      const config = target.bind(schedule);
      roles.push(config.role);
      return config;
    },
  };
  const schedule = new Schedule(scope, id, { ...props, target: noting });
  schedule.node.addDependency(...roles);
  return schedule;
}
