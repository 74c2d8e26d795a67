import { readFileSync } from 'node:fs';
import { Duration } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { streamAlarmRules } from '../../../infra/monitoring/stream-alarm-rules.ts';
import { type Resource, resourcesOf } from '../support/resources-of.ts';
import { stackOf, streamOf } from '../support/stack-of.ts';

const runbook = readFileSync(new URL('../../../docs/runbook.md', import.meta.url), 'utf8');

let template: Template;
beforeAll(() => {
  template = stackOf({ streams: [streamOf(), streamOf({ tenant: 'tenant-beta' })] }).template;
});

describe('every alarm', () => {
  test('has a heading in the runbook that says what it means, where to look and how to fix it', () => {
    const anchors = new Set(alarms(template).map(({ Properties }) => anchorOf(Properties)));

    expect(anchors.size).toBeGreaterThanOrEqual(11);
    expect([...anchors].filter((anchor) => !isExplained(anchor))).toEqual([]);
  });

  test('tells the topic when it begins, and by no OK action that it is over: a new alarm that goes to OK would too', () => {
    for (const { Properties } of alarms(template)) {
      expect(Properties['AlarmActions']).toEqual([{ Ref: expect.stringMatching(/^AlarmsTopic/) }]);
      expect(Properties).not.toHaveProperty('OKActions');
      expect(Properties).not.toHaveProperty('InsufficientDataActions');
    }
  });

  test('looks back no further than CloudWatch does: a day, a week for periods of an hour and more', () => {
    const rates = [1, 7, 60, 90, 300, 1440].map((minutes) => Duration.minutes(minutes));
    const spans = rates
      .flatMap((every) => streamAlarmRules({ every, settle: Duration.minutes(2), quietAfter: Duration.days(3) }))
      .map(({ period, evaluationPeriods }) => ({ period: period.toSeconds(), periods: evaluationPeriods }))
      .concat(alarms(template).map(({ Properties }) => evaluated(Properties)));

    expect(spans.filter(({ period, periods }) => period * periods > (period < 3600 ? 86_400 : 604_800))).toEqual([]);
    expect(spans.filter(({ period }) => period % 60 !== 0)).toEqual([]);
  });

  test('is of a stream, not of a tenant', () => {
    expect(JSON.stringify(alarms(template))).not.toMatch(/tenant-(?:alpha|beta)/);
  });
});

describe('the alarms of a stream', () => {
  test('ring where nobody can say how old it is, or whether it runs', () => {
    expect(alarmNamed('crescendo.vocconv stale')).toMatchObject({
      MetricName: 'FreshnessSeconds',
      Namespace: 'convlake',
      Statistic: 'Maximum',
      Dimensions: [
        { Name: 'Stage', Value: 'dev' },
        { Name: 'Stream', Value: 'crescendo.vocconv' },
      ],
      Threshold: 3 * 3600 + 120 + 1800,
      TreatMissingData: 'breaching',
    });
    expect(alarmNamed('crescendo.vocconv not-running')).toMatchObject({
      MetricName: 'RunsFailed',
      Statistic: 'SampleCount',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      Period: 3600,
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    });
  });

  test.each([
    ['quiet', 'NewestRowAgeSeconds', 259_200],
    ['failing', 'RunsFailed', 0],
    ['never-ran', 'NeverRan', 0],
    ['clock-ahead', 'ClockAhead', 0],
    ['falling-behind', 'RunsOutOfTime', 0],
    ['reread-too-long', 'RereadAgeSeconds', 90_000],
    ['unreconciled', 'RunsUnreconciled', 0],
  ])('%s rings for %s above %i, and not for silence', (name, metric, threshold) => {
    expect(alarmNamed(`crescendo.vocconv ${name}`)).toMatchObject({
      MetricName: metric,
      Threshold: threshold,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  test('stale gives a slow stream the time that it has', () => {
    const day = Duration.days(1);
    const [stale] = streamAlarmRules({ every: day, settle: Duration.hours(1), quietAfter: day });

    expect(stale?.threshold).toBe(3 * 86_400 + 3600 + 1800);
  });
});

test('a crash is an error of the function that it did not tell of itself, whatever the run was for', () => {
  expect(alarmNamed('crescendo crashing')['Metrics']).toMatchObject([
    { Expression: 'FILL(errors, 0) - FILL(told, 0)' },
    {
      Id: 'errors',
      MetricStat: { Metric: { MetricName: 'Errors', Namespace: 'AWS/Lambda' }, Period: 3600, Stat: 'Sum' },
    },
    {
      Id: 'told',
      MetricStat: {
        Metric: {
          MetricName: 'InvocationsFailed',
          Namespace: 'convlake',
          Dimensions: [
            { Name: 'Source', Value: 'crescendo' },
            { Name: 'Stage', Value: 'dev' },
          ],
        },
        Period: 3600,
        Stat: 'Sum',
      },
    },
  ]);
});

describe('the first hours of a healthy deployment', () => {
  const rulesFor = (minutes: number) =>
    streamAlarmRules({
      every: Duration.minutes(minutes),
      settle: Duration.minutes(2),
      quietAfter: Duration.days(3),
    });
  const rates = [1, 5, 60, 300, 1440];

  test.each(rates)(
    'every %i minutes: an alarm that rings for silence waits until the first run has surely ended',
    (minutes) => {
      const ringing = rulesFor(minutes).filter(({ treatMissingData }) => treatMissingData === 'breaching');

      expect(ringing.map(({ name }) => name)).toEqual(['Stale', 'NotRunning']);
      for (const { warmUp } of ringing) expect(warmUp?.toMinutes()).toBeGreaterThan(minutes + 30);
    },
  );

  test.each(rates)('every %i minutes: what a first load looks like is not told for six hours', (minutes) => {
    const ringing = rulesFor(minutes).filter(({ name }) => ['Stale', 'FallingBehind'].includes(name));

    for (const { warmUp } of ringing) expect(warmUp?.toHours({ integral: false })).toBeGreaterThanOrEqual(6);
  });

  test.each(rates)('every %i minutes: CloudWatch takes each wait, in whole minutes up to two days', (minutes) => {
    const waits = rulesFor(minutes).flatMap(({ warmUp }) => (warmUp ? [warmUp.toMinutes()] : []));

    expect(waits.filter((wait) => !Number.isInteger(wait) || wait < 1 || wait > 2880)).toEqual([]);
  });

  test('the alarm waits to the end of the time, however early data comes', () => {
    expect(alarmNamed('crescendo.vocconv not-running')['WarmUpConfiguration']).toEqual({
      WarmUpPeriodDurationInMinutes: 150,
      OnlyStartEvaluatingAfterWarmUpPeriodEnds: true,
    });
    expect(alarmNamed('crescendo.vocconv failing')).not.toHaveProperty('WarmUpConfiguration');
  });
});

describe('the topic', () => {
  test('is told that an alarm of this stage is over, in the words of an alarm, and of nothing else', () => {
    const [rule] = [...resourcesOf(template, 'AWS::Events::Rule').values()];

    expect(rule?.Properties).toMatchObject({
      EventPattern: {
        source: ['aws.cloudwatch'],
        'detail-type': ['CloudWatch Alarm State Change'],
        detail: {
          alarmName: [{ prefix: 'convlake-dev ' }],
          previousState: { value: ['ALARM'] },
          state: { value: ['OK'] },
        },
      },
      State: 'ENABLED',
      Targets: [{ Arn: { Ref: expect.stringMatching(/^AlarmsTopic/) } }],
    });
    const names = alarms(template).map(({ Properties }) => String(Properties['AlarmName']));
    expect(names.filter((name) => !name.startsWith('convlake-dev '))).toEqual([]);
    expect(JSON.stringify(rule?.Properties['Targets'])).toContain('\\"NewStateValue\\":<detail-state-value>');
  });

  test('lets EventBridge publish without a condition, as it brings no context for one to topics', () => {
    const policy = [...resourcesOf(template, 'AWS::SNS::TopicPolicy').values()][0]?.Properties['PolicyDocument'];
    const key = [...resourcesOf(template, 'AWS::KMS::Key').values()][0]?.Properties['KeyPolicy'];

    for (const [document, action] of [
      [policy, 'sns:Publish'],
      [key, 'kms:GenerateDataKey*'],
    ] as const) {
      const own = statementsOf(document).filter(({ Principal }) => Principal?.['Service'] === 'events.amazonaws.com');
      expect(own).toEqual([expect.not.objectContaining({ Condition: expect.anything() })]);
      expect([own[0]?.Action].flat()).toContain(action);
    }
  });

  test('is encrypted by a key that CloudWatch may use for alarms of this account', () => {
    template.hasResourceProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: Match.objectLike({ 'Fn::GetAtt': Match.arrayWith(['Arn']) }),
    });
    const key = JSON.stringify(template.findResources('AWS::KMS::Key'));

    expect(key).toContain('cloudwatch.amazonaws.com');
    expect(key).toContain('aws:SourceAccount');
  });

  test('leaves no key behind that is paid for when the stack goes', () => {
    const policies = [...resourcesOf(template, 'AWS::KMS::Key').values()].map(({ DeletionPolicy }) => DeletionPolicy);

    expect(policies).toEqual(['Delete']);
  });
});

interface Statement {
  readonly Principal?: Readonly<Record<string, unknown>>;
  readonly Action: string | readonly string[];
}

function statementsOf(document: unknown): readonly Statement[] {
  const { Statement = [] }: { Statement?: readonly Statement[] } = JSON.parse(JSON.stringify(document ?? {}));
  return Statement;
}

function alarms(of: Template): readonly Resource[] {
  return [...resourcesOf(of, 'AWS::CloudWatch::Alarm').values()];
}

function alarmNamed(name: string): Readonly<Record<string, unknown>> {
  const found = alarms(template).find(({ Properties }) => Properties['AlarmName'] === `convlake-dev ${name}`);
  if (!found) throw new Error(`there is no alarm ${name}`);
  return found.Properties;
}

function anchorOf(properties: Readonly<Record<string, unknown>>): string {
  const [, anchor = 'no link'] =
    /Runbook: docs\/runbook\.md#([a-z-]+)$/.exec(String(properties['AlarmDescription'])) ?? [];
  return anchor;
}

/** Metric math has its period in its metrics. */
function evaluated(properties: Readonly<Record<string, unknown>>): {
  readonly period: number;
  readonly periods: number;
} {
  const period = Number(properties['Period'] ?? /"Period":(\d+)/.exec(JSON.stringify(properties))?.[1]);
  return { period, periods: Number(properties['EvaluationPeriods']) };
}

function isExplained(anchor: string): boolean {
  const [, section = ''] = runbook.split(new RegExp(`^### ${anchor}\\n`, 'm'));
  const [text = ''] = section.split(/^##/m);
  return ['Meaning', 'Look', 'Fix'].every((word) => text.includes(`**${word}.**`));
}
