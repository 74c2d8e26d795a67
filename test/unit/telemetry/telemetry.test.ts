import type { Metrics } from '@aws-lambda-powertools/metrics';
import { describe, expect, test, vi } from 'vitest';
import { METRIC_NAMESPACE, Metric } from '../../../contract/metrics.ts';
import { ConvlakeError } from '../../../functions/engine/errors.ts';
import { logEvent } from '../../../functions/telemetry/log-event.ts';
import { openTelemetry } from '../../../functions/telemetry/open-telemetry.ts';
import { publicError } from '../../../functions/telemetry/public-error.ts';
import { runEvents } from '../../../functions/telemetry/run-events.ts';
import { emit, emitFailedInvocation, runMetrics } from '../../../functions/telemetry/run-metrics.ts';
import { tellRun } from '../../../functions/telemetry/tell-run.ts';
import { sampleRun } from '../../support/run/sample-report.ts';

const measures = { stage: 'test', stream: 'crescendo.vocconv', tenant: 'a' } as const;
const { error: _, stoppedBy: __, ...unfailed } = sampleRun;
const wellRun = { ...unfailed, outcome: 'caught up' } as const;
const lake = { bucket: 'b', prefix: 'lake', lastCommit: () => ({ tag: '"e"', versionId: 'v1' }) };

/** Metrics whose line is caught where it would be published. */
function caughtMetrics() {
  const { metrics } = openTelemetry('test');
  const published: ReturnType<Metrics['serializeMetrics']>[] = [];
  vi.spyOn(metrics, 'publishStoredMetrics').mockImplementation(() => {
    published.push(metrics.serializeMetrics());
    return metrics;
  });
  return { metrics, published };
}

describe('metrics', () => {
  test('are emitted per stream and under no other dimension, with the tenant beside them', () => {
    const { metrics, published } = caughtMetrics();

    emit(metrics, measures, new Map([[Metric.throttledMs, 7]]), { runId: 'r' });

    expect(published[0]).toMatchObject({
      _aws: {
        CloudWatchMetrics: [
          {
            Namespace: METRIC_NAMESPACE,
            Dimensions: [['Stage', 'Stream']],
            Metrics: [{ Name: 'ThrottledMs', Unit: 'Milliseconds' }],
          },
        ],
      },
      Stage: 'test',
      Stream: 'crescendo.vocconv',
      Tenant: 'a',
      ThrottledMs: 7,
      runId: 'r',
    });
  });

  test('of one call do not stay for the next', () => {
    const { metrics, published } = caughtMetrics();
    emit(metrics, measures, new Map([[Metric.throttledMs, 7]]));

    emit(metrics, { ...measures, tenant: 'b' }, new Map([[Metric.rowsRead, 1]]));

    expect(published[1]).toMatchObject({ Tenant: 'b', RowsRead: 1 });
    expect(published[1]).not.toHaveProperty('ThrottledMs');
  });

  test('of an invocation that failed are its source’s, at the time at which it began, as Lambda counts errors', () => {
    const { metrics, published } = caughtMetrics();
    const startedAt = Date.now() - 900_000;

    emitFailedInvocation(metrics, { stage: 'test', source: 'crescendo', startedAt });

    expect(published[0]).toMatchObject({
      _aws: {
        Timestamp: startedAt,
        CloudWatchMetrics: [
          {
            Namespace: METRIC_NAMESPACE,
            Dimensions: [['Stage', 'Source']],
            Metrics: [{ Name: 'InvocationsFailed', Unit: 'Count' }],
          },
        ],
      },
      Stage: 'test',
      Source: 'crescendo',
      InvocationsFailed: 1,
    });
  });

  test.each([
    ['caught up', { RunsFailed: 0, RunsOutOfTime: 0 }],
    ['out of time', { RunsFailed: 0, RunsOutOfTime: 1 }],
    ['failed', { RunsFailed: 1, RunsOutOfTime: 0 }],
    ['skipped', { RunsFailed: 0, RunsOutOfTime: 0 }],
  ] as const)('of a run that ended %s', (outcome, expected) => {
    expect(Object.fromEntries(runMetrics({ ...wellRun, outcome }))).toMatchObject({ ...expected, RowsRead: 20 });
  });

  test('of a run that has but its history left do not count it as behind', () => {
    const outOfTime = { ...wellRun, outcome: 'out of time' } as const;

    expect(runMetrics({ ...outOfTime, left: 'history' }).get(Metric.outOfTime)).toBe(0);
    expect(runMetrics({ ...outOfTime, left: 're-read' }).get(Metric.outOfTime)).toBe(1);
  });

  test('of a backfill leave live runs alone, its failure too: it is no turn of the schedule', () => {
    const backfill = { ...wellRun, purpose: 'backfill' } as const;

    expect(runMetrics(backfill).has(Metric.failed)).toBe(false);
    expect(runMetrics({ ...backfill, outcome: 'out of time' }).has(Metric.outOfTime)).toBe(false);
    expect(runMetrics({ ...backfill, outcome: 'failed' }).has(Metric.failed)).toBe(false);
  });
});

describe('the log', () => {
  const subject = { stream: 'crescendo.vocconv', tenant: 'a', requestId: 'q' };
  function logger() {
    const lines: unknown[] = [];
    const keep =
      (level: string) =>
      (...said: unknown[]) =>
        void lines.push([level, ...said]);
    return { lines, logger: { info: keep('info'), warn: keep('warn'), error: keep('error') } };
  }

  test('has a line for a window, with instants that people can read, and none for a page', () => {
    const log = logger();

    logEvent(log, subject, { event: 'page', rows: 1, bytes: 2 });
    logEvent(log, subject, { event: 'window-read', from: 0, to: 86_400_000, kind: 'new' });

    const window = { from: '1970-01-01T00:00:00.000Z', to: '1970-01-02T00:00:00.000Z', kind: 'new' };
    expect(log.lines).toEqual([['info', 'window-read', { ...subject, event: 'window-read', ...window }]]);
  });

  test('warns', () => {
    const log = logger();

    logEvent(log, subject, { event: 'warning', message: 'take care' });

    expect(log.lines).toEqual([['warn', 'warning', { ...subject, event: 'warning', warning: 'take care' }]]);
  });

  test('has one line for a run, an error where it failed', () => {
    const log = logger();
    const { metrics, published } = caughtMetrics();

    tellRun({ stage: 'test', logger: log.logger, metrics }, subject, sampleRun);
    tellRun({ stage: 'test', logger: log.logger, metrics }, subject, wellRun);

    const line = { event: 'run-ended', runId: 'run-1', requestId: 'q', objectsWritten: 1, bytesWritten: 900 };
    expect(log.lines).toMatchObject([
      ['error', 'run-ended', { ...line, outcome: 'failed', errorCode: 'vendor-unavailable' }],
      ['info', 'run-ended', { ...line, outcome: 'caught up' }],
    ]);
    expect(published).toMatchObject([{ RunsFailed: 1, errorCode: 'vendor-unavailable' }, { RunsFailed: 0 }]);
  });
});

describe('an error that leaves the process', () => {
  test('keeps the message of ours, and leaves its causes behind', () => {
    const cause = new Error('row of Ada');
    const shown = publicError(new ConvlakeError('vendor-unavailable', 'retry', 'crescendo: try later', { cause }));

    expect(shown).toMatchObject({ name: 'ConvlakeError:vendor-unavailable', message: 'crescendo: try later' });
    expect(shown.cause).toBeUndefined();
  });

  test('says of any other no more than its name and places', () => {
    const shown = publicError(new TypeError('row of Ada'));

    expect(shown).toMatchObject({ name: 'TypeError', message: 'unexpected TypeError' });
    expect(shown.stack).toMatch(/^TypeError: unexpected TypeError\n {4}at .*telemetry\.test\.ts/);
    expect(shown.stack).not.toContain('Ada');
  });
});

describe("a run's events", () => {
  test('name the objects as they are in the bucket', () => {
    const key = sampleRun.objects[0].key;

    expect(runEvents('test', wellRun, lake)).toEqual([
      {
        stage: 'test',
        stream: 'crescendo.vocconv',
        tenant: 'tenant-alpha',
        runId: 'run-1',
        purpose: 'live',
        outcome: 'caught up',
        watermark: '2026-05-20T10:38:00.000Z',
        bucket: 'b',
        objects: [
          { key: `lake/${key}`, dt: '2026-05-20', rows: 12, changed: 3, bytes: 900, etag: '"e"', versionId: 'v1' },
        ],
        part: 1,
        parts: 1,
      },
    ]);
  });

  test('are one without objects too', () => {
    expect(runEvents('test', { ...wellRun, objects: [] }, lake)).toMatchObject([{ objects: [], part: 1, parts: 1 }]);
  });

  test('are as many as it takes to stay below the limit, with every object once', () => {
    const objects = Array.from({ length: 1000 }, (_, n) => ({ ...sampleRun.objects[0], key: `${n}` }));

    const events = runEvents('test', { ...wellRun, objects }, lake, 10_000);

    for (const event of events) expect(JSON.stringify(event).length).toBeLessThanOrEqual(10_000);
    expect(events.length).toBeLessThan(20);
    expect(events.map(({ part, parts }) => [part, parts])).toEqual(events.map((_, n) => [n + 1, events.length]));
    expect(events.flatMap((event) => event.objects.map((one) => one.key))).toEqual(
      objects.map(({ key }) => `lake/${key}`),
    );
  });
});
