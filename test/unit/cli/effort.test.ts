import { describe, expect, test } from 'vitest';
import { type Effort, effortOf } from '../../../cli/run/effort.ts';
import { effortIn, lastReport, type ReportedEffort } from '../../../cli/run/last-report.ts';
import { reportIn } from '../../../cli/run/run-reports.ts';
import type { LakeView } from '../../../cli/run/storage.ts';
import { streamDefinition } from '../../../contract/streams.ts';
import { sampleReport, sampleReportKey, sampleRun } from '../../support/run/sample-report.ts';

const last: ReportedEffort = {
  startedAt: '2026-05-20T10:40:00.000Z',
  tookMs: 60_000,
  windows: 4,
  requests: 100,
  points: undefined,
  details: undefined,
};

describe('the effort of the next run', () => {
  test.each<[string, number, Partial<ReportedEffort>, Partial<Effort>]>([
    ['as many windows', 4, {}, { requests: 100, points: null, minutes: 1 }],
    ['twice as many', 8, {}, { requests: 200, minutes: 2 }],
    ['none', 0, {}, { requests: 0, minutes: 0 }],
    ['some that do not divide', 1, { requests: 10, tookMs: 1000 }, { requests: 3, minutes: 0.1 }],
    ['a vendor that counts points', 8, { points: 301 }, { points: 602 }],
    ['details', 2, { requests: 1000, details: 990 }, { requests: 500, details: 495 }],
  ])('is that of the last, window by window: %s', (_, windows, report, effort) => {
    expect(effortOf(windows, { ...last, ...report })).toMatchObject({ ...effort, asIn: last.startedAt });
  });

  test('has no details where the last run had none to ask for', () => {
    expect(effortOf(4, last)).not.toHaveProperty('details');
  });
});

describe('a report', () => {
  const report = JSON.parse(sampleReport);

  test('tells the effort of its run', () => {
    expect(effortIn(reportIn(sampleReport))).toEqual({
      startedAt: '2026-05-20T10:40:00.125Z',
      tookMs: 1500,
      windows: 2,
      requests: 3,
      points: 3,
      details: 15,
    });
  });

  test('tells how many details were asked for, with or without success', () => {
    const details = { listed: 100, held: 90, fetched: 7, gone: 2, failed: 1, erased: 0, suspicious: 0, open: 0 };

    expect(effortIn({ ...report, details })?.details).toBe(10);
  });

  test.each([
    ['of a backfill', JSON.stringify({ ...report, purpose: 'backfill' })],
    ['of a run that read no window', JSON.stringify({ ...report, windows: 0 })],
    ['of a run that sent no request', JSON.stringify({ ...report, requests: 0 })],
    ['with counts of another type', JSON.stringify({ ...report, requests: '3' })],
    ['without a beginning', JSON.stringify({ ...report, startedAt: 7 })],
    ['that is cut', sampleReport.slice(0, 40)],
    ['that is not an object', '[]'],
    ['that is empty', ''],
  ])('tells nothing %s', (_, text) => {
    expect(effortIn(reportIn(text))).toBeUndefined();
  });
});

describe('the last report', () => {
  const of = { definition: streamDefinition(sampleRun.stream), tenant: sampleRun.tenant };
  const writtenAt = Date.parse('2026-05-21T00:10:00Z');

  /** A lake of reports: the name of each within its date, its text, and when it was written. */
  function lakeOf(...reports: readonly (readonly [key: string, text: string, modifiedAt: number])[]): LakeView {
    return {
      async *list(folder) {
        const within = reports.filter(([key]) => key.startsWith(folder));
        for (const [key, , modifiedAt] of within) yield { key, tag: key, modifiedAt };
      },
      async *read(key) {
        yield new TextEncoder().encode(reports.find(([name]) => name === key)?.[1] ?? '');
      },
      folders: async () => [],
      close: async () => {},
    };
  }
  const named = (date: string, id: string) => sampleReportKey(date).replace(sampleRun.runId, id);
  const began = (startedAt: string, more = {}) => JSON.stringify({ ...JSON.parse(sampleReport), startedAt, ...more });

  test('is the newest of its date', async () => {
    const lake = lakeOf(
      [named('2026-05-21', 'a'), began('first'), 1],
      [named('2026-05-21', 'b'), began('second'), 2],
      [named('2026-05-20', 'c'), began('before'), 3],
    );

    expect(await lastReport(lake, of, writtenAt)).toMatchObject({ startedAt: 'second' });
  });

  test('may lie under the day before, on which its run began', async () => {
    const lake = lakeOf([named('2026-05-20', 'c'), began('before midnight'), 3]);

    expect(await lastReport(lake, of, writtenAt)).toMatchObject({ startedAt: 'before midnight' });
  });

  test('is not one of another stream, of a backfill, or of a run that read nothing', async () => {
    const lake = lakeOf(
      [named('2026-05-21', 'a'), began('wanted'), 1],
      [named('2026-05-21', 'b'), began('backfill', { purpose: 'backfill' }), 2],
      [named('2026-05-21', 'c'), began('idle', { windows: 0 }), 3],
      [named('2026-05-21', 'd').replace('vocconv-', 'botconv-'), began('another'), 4],
    );

    expect(await lastReport(lake, of, writtenAt)).toMatchObject({ startedAt: 'wanted' });
  });

  test('is none where there is none', async () => {
    expect(await lastReport(lakeOf(), of, writtenAt)).toBeUndefined();
  });
});
