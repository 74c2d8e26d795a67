import { Duration } from 'aws-cdk-lib';
import {
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { Metric, MetricDimension } from '../../contract/metrics.ts';
import type { StreamName } from '../../contract/streams.ts';
import { estimatedCost } from './estimated-cost.ts';
import { type MetricName, type MetricStatistic, streamMetric } from './stream-metric.ts';

/** What the dashboard shows. */
export interface DashboardProps {
  /** A dimension of the metrics. */
  readonly stage: string;
  /** A fixed name: its address in the console. */
  readonly dashboardName: string;
  /** One line of each graph for each. */
  readonly streams: readonly StreamName[];
  /** The log of the watch, in which each tenant has a line. */
  readonly watchLogGroup: ILogGroup;
}

/** One page for those who operate the lake: how old it is, what came in, what held it up, what went wrong, what it costs. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { stage, dashboardName, streams, watchLogGroup }: DashboardProps) {
    super(scope, id);
    const each = (metricName: MetricName, statistic: MetricStatistic, period = Duration.hours(1)) =>
      streams.map((stream) => streamMetric({ stage, stream, metricName, statistic, period, label: stream }));
    const day = Duration.days(1);
    new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName,
      defaultInterval: Duration.days(7),
      widgets: [
        [graph('How old: now less watermark, seconds', each(Metric.freshnessSeconds, 'Maximum', Duration.minutes(15)))],
        [graph('Rows new', each(Metric.rowsNew, 'Sum')), graph('Rows changed', each(Metric.rowsChanged, 'Sum'))],
        [
          graph('Waited for vendors, ms', each(Metric.throttledMs, 'Sum')),
          graph('Requests', each(Metric.requests, 'Sum')),
        ],
        [graph('Runs failed', each(Metric.failed, 'Sum')), graph('Runs out of time', each(Metric.outOfTime, 'Sum'))],
        [perTenant(watchLogGroup)],
        [
          new SingleValueWidget({
            title: 'Estimated cost of a day, USD (Lambda and S3 writes at list prices of us-east-1)',
            metrics: streams.map((stream) => estimatedCost(stage, stream, day)),
            period: day,
            width: 16,
            height: 6,
          }),
          new TextWidget({
            markdown: 'What each alarm means and how to fix it: `docs/runbook.md`.',
            width: 8,
            height: 6,
          }),
        ],
      ],
    });
  }
}

function graph(title: string, left: readonly IMetric[]): IWidget {
  return new GraphWidget({ title, left: [...left], width: 12, height: 6, liveData: true });
}

/** The tenant is not a dimension of the metrics, but the watch writes a line for each, with the names that its metrics have. */
function perTenant(watchLogGroup: ILogGroup): IWidget {
  const { stream, tenant } = MetricDimension;
  return new LogQueryWidget({
    title: 'Tenants, oldest first',
    logGroupNames: [watchLogGroup.logGroupName],
    view: LogQueryVisualizationType.TABLE,
    queryLines: [
      `filter ispresent(${Metric.freshnessSeconds}) and ispresent(${tenant})`,
      `stats latest(${Metric.freshnessSeconds}) as age_seconds, latest(${Metric.newestRowAgeSeconds}) as newest_row_age_seconds by ${stream}, ${tenant}`,
      'sort age_seconds desc',
      'limit 50',
    ],
    width: 24,
    height: 8,
  });
}
