import { Duration } from 'aws-cdk-lib';
import { Metric } from '../../contract/metrics.ts';
import type { AlarmRule } from './alarm-rule.ts';
import { watchEvery } from './freshness-watch.ts';

/** What the alarms of a stream depend on. */
export interface StreamAlarmSettings {
  /** Whole minutes, up to a day. */
  readonly every: Duration;
  /** The longest `settle` of its tenants. */
  readonly settle: Duration;
  /** How old the newest row may grow before somebody should look whether the vendor has gone quiet. */
  readonly quietAfter: Duration;
}

/** What users ask of a stream, as alarms: is it old, quiet, failing, not running, falling behind, incomplete. */
export function streamAlarmRules({ every, settle, quietAfter }: StreamAlarmSettings): readonly AlarmRule[] {
  const staleSeconds = 3 * every.toSeconds() + settle.toSeconds() + 2 * watchEvery.toSeconds();
  const runs = wholePeriods(every);
  return [
    {
      name: 'Stale',
      says: `What it has read is more than ${hours(staleSeconds)} old, or nobody can say how old it is`,
      metric: Metric.freshnessSeconds,
      statistic: 'Maximum',
      period: watchEvery,
      periods: 3,
      above: staleSeconds,
      missing: 'breaching',
    },
    {
      name: 'Quiet',
      says: `Runs go well, but the newest row of a tenant is more than ${hours(quietAfter.toSeconds())} old`,
      metric: Metric.newestRowAgeSeconds,
      statistic: 'Maximum',
      period: watchEvery,
      periods: 3,
      above: quietAfter.toSeconds(),
      missing: 'notBreaching', // not told during a first load, nor while there is no row
    },
    {
      name: 'Failing',
      says: 'Runs failed at two of its turns one after the other',
      metric: Metric.failed,
      statistic: 'Sum',
      period: runs,
      periods: 2,
      above: 0,
      missing: 'notBreaching',
    },
    {
      name: 'NotRunning',
      says: 'No run of any tenant ended for three of its turns',
      metric: Metric.failed, // 0 or 1 for every run that ended, so its samples are the runs
      statistic: 'SampleCount',
      period: runs,
      periods: 3,
      below: 1,
      missing: 'breaching',
    },
    {
      name: 'NeverRan',
      says: 'A configured tenant has no checkpoint',
      metric: Metric.neverRan,
      statistic: 'Maximum',
      period: every.toMinutes() > 60 ? Duration.hours(1) : watchEvery,
      periods: every.toMinutes() > 60 ? Math.ceil((2 * every.toMinutes()) / 60) : 8,
      above: 0,
      missing: 'notBreaching',
    },
    {
      name: 'FallingBehind',
      says: 'Runs ended out of time in each of the last six turns',
      metric: Metric.outOfTime,
      statistic: 'Sum',
      period: runs,
      periods: 6,
      above: 0,
      missing: 'notBreaching',
    },
    {
      name: 'RereadTooLong',
      says: 'A re-read has lasted longer than the day after which the next one is due',
      metric: Metric.rereadAgeSeconds,
      statistic: 'Maximum',
      period: watchEvery,
      periods: 2,
      above: Duration.hours(25).toSeconds(),
      missing: 'notBreaching',
    },
    {
      name: 'Unreconciled',
      says: 'At three of its turns one after the other the vendor gave fewer rows than it said it has',
      metric: Metric.unreconciled,
      statistic: 'Sum',
      period: runs,
      periods: 3,
      above: 0,
      missing: 'notBreaching',
    },
  ];
}

/**
 * The shortest time in which a turn of the schedule surely falls. CloudWatch looks back a day for periods below an hour, else a
 * week, which six days are within.
 */
function wholePeriods(every: Duration): Duration {
  const minutes = every.toMinutes();
  return Duration.minutes(minutes <= 60 ? Math.max(5, Math.ceil(minutes / 5) * 5) : Math.ceil(minutes / 60) * 60);
}

function hours(seconds: number): string {
  return `${Math.round(seconds / 360) / 10} hours`;
}
