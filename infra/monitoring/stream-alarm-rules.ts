import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Metric } from '../../contract/metrics.ts';
import { staleAfterMs } from '../../contract/staleness.ts';
import type { AlarmRule } from './alarm-rule.ts';
import { WATCH_PERIOD } from './freshness-watch.ts';
import type { MetricName, MetricStatistic } from './stream-metric.ts';

/** What the alarms of a stream depend on. */
export interface StreamAlarmSettings {
  /** The rate of the stream's schedule: whole minutes, up to a day. */
  readonly every: Duration;
  /** The longest `settle` of its tenants. */
  readonly settle: Duration;
  /** How old the newest row may grow before a person should check whether the vendor has gone quiet. */
  readonly quietAfter: Duration;
}

/** When an alarm of a stream rings. */
export interface StreamAlarmRule extends AlarmRule {
  /** The metric of the stream, over all its tenants. */
  readonly metricName: MetricName;
  /** How values within a period become one. */
  readonly statistic: MetricStatistic;
  /** How long a period is. */
  readonly period: Duration;
}

/** CloudWatch's longest wait of a new alarm. */
const LONGEST_WARM_UP = Duration.days(2);

/** A first load looks old and behind while all goes well; most are through by then, and one that is not is worth a word. */
const FIRST_LOAD = Duration.hours(6);

/** What users ask of a stream, as alarms: is it old, ahead of time, quiet, failing, not running, falling behind, incomplete. */
export function streamAlarmRules(settings: StreamAlarmSettings): readonly StreamAlarmRule[] {
  const period = wholePeriods(settings.every);
  return [
    ...ageRules(settings),
    ...runRules(period, settings.every),
    neverRanRule(settings.every),
    unreconciledRule(period),
  ];
}

/** How old what was read is, as the watch reports it. */
function ageRules({ every, settle, quietAfter }: StreamAlarmSettings): readonly StreamAlarmRule[] {
  const staleSeconds = staleAfterMs({ everyMs: every.toMilliseconds(), settleMs: settle.toMilliseconds() }) / 1000;
  const maximum = { statistic: 'Maximum', period: WATCH_PERIOD } as const;
  return [
    {
      name: 'Stale',
      description: `What it has read is more than ${hours(staleSeconds)} old, or nobody can say how old it is`,
      metricName: Metric.freshnessSeconds,
      ...maximum,
      evaluationPeriods: 3,
      threshold: staleSeconds,
      treatMissingData: TreatMissingData.BREACHING,
      warmUp: firstLoad(every),
    },
    {
      name: 'ClockAhead',
      // A watermark in the future is as fresh as can be: the alarm on age is silent about it.
      description:
        'The watermark of a tenant is more than an hour ahead of now: a clock is or was wrong, and its runs fail',
      metricName: Metric.clockAhead,
      ...maximum,
      evaluationPeriods: 1,
      threshold: 0,
    },
    {
      name: 'Quiet',
      description: `Runs go well, but the newest row of a tenant is more than ${hours(quietAfter.toSeconds())} old`,
      metricName: Metric.newestRowAgeSeconds, // not reported during a first load, nor while there are no rows
      ...maximum,
      evaluationPeriods: 3,
      threshold: quietAfter.toSeconds(),
    },
    {
      name: 'RereadTooLong',
      description: 'A re-read has lasted longer than the day after which the next one is due',
      metricName: Metric.rereadAgeSeconds,
      ...maximum,
      evaluationPeriods: 2,
      threshold: Duration.hours(25).toSeconds(),
    },
  ];
}

/** How runs ended, as they report it themselves. */
function runRules(period: Duration, every: Duration): readonly StreamAlarmRule[] {
  return [
    {
      name: 'Failing',
      description: 'Runs failed at two of its turns one after the other',
      metricName: Metric.failed,
      statistic: 'Sum',
      period,
      evaluationPeriods: 2,
      threshold: 0,
    },
    {
      name: 'NotRunning',
      description: 'No run of any tenant ended for three of its turns',
      metricName: Metric.failed, // 0 or 1 for every run that ended, so its samples are the runs
      statistic: 'SampleCount',
      period,
      evaluationPeriods: 3,
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
      warmUp: firstTurn(every),
    },
    {
      name: 'FallingBehind',
      description: 'Runs ended out of time in each of the last six turns',
      metricName: Metric.outOfTime,
      statistic: 'Sum',
      period,
      evaluationPeriods: 6,
      threshold: 0,
      warmUp: firstLoad(every),
    },
  ];
}

/** Looks back two turns of a slow stream, two hours of a fast one: a new tenant is not expected to have run before. */
function neverRanRule(every: Duration): StreamAlarmRule {
  const isSlow = every.toMinutes() > 60;
  return {
    name: 'NeverRan',
    description: 'A configured tenant has no checkpoint',
    metricName: Metric.neverRan,
    statistic: 'Maximum',
    period: isSlow ? Duration.hours(1) : WATCH_PERIOD,
    evaluationPeriods: isSlow ? Math.ceil((2 * every.toMinutes()) / 60) : 8,
    threshold: 0,
  };
}

function unreconciledRule(period: Duration): StreamAlarmRule {
  return {
    name: 'Unreconciled',
    description: 'At three of its turns one after the other the vendor gave fewer rows than it said it has',
    metricName: Metric.unreconciled,
    statistic: 'Sum',
    period,
    evaluationPeriods: 3,
    threshold: 0,
  };
}

/** By then the first run has ended and its period too: its turn comes up to a quarter of an hour late, and it may take one. */
function firstTurn(every: Duration): Duration {
  const minutes = every.toMinutes() + 30 + wholePeriods(every).toMinutes();
  return Duration.minutes(Math.min(minutes, LONGEST_WARM_UP.toMinutes()));
}

function firstLoad(every: Duration): Duration {
  return Duration.minutes(Math.max(firstTurn(every).toMinutes(), FIRST_LOAD.toMinutes()));
}

/**
 * The shortest period in which a turn of the schedule surely falls. CloudWatch looks back a day for periods below an hour, else a
 * week, of which the longest rule takes six days.
 */
function wholePeriods(every: Duration): Duration {
  const minutes = every.toMinutes();
  return Duration.minutes(minutes <= 60 ? Math.max(5, Math.ceil(minutes / 5) * 5) : Math.ceil(minutes / 60) * 60);
}

function hours(seconds: number): string {
  return `${Math.round(seconds / 360) / 10} hours`;
}
