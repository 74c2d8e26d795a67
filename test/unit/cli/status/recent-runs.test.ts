import { describe, expect, test } from 'vitest';
import { runReports } from '../../../../cli/run/run-reports.ts';
import { recentRuns } from '../../../../cli/status/recent-runs.ts';
import { runReportKey } from '../../../../contract/layout.ts';
import { streamDefinition } from '../../../../contract/streams.ts';
import { DAY_MS, HOUR_MS } from '../../../support/durations.ts';

const NOW = Date.parse('2026-05-20T12:00:00Z');
const stream = { definition: streamDefinition('crescendo.vocconv'), tenant: 'tenant-alpha' };

type Ended = readonly [ago: number, report: Readonly<Record<string, unknown>>];

/** A lake with the reports of runs, told by how long ago (ms) each began; it notes what is asked of it. */
function lakeOf(...runs: readonly Ended[]) {
  const asked: string[] = [];
  const reports = runs.map(([ago, report], at) => {
    const startedAt = new Date(NOW - ago).toISOString();
    const of = { source: 'crescendo', stream: 'crescendo.vocconv', tenant: 'tenant-alpha' } as const;
    const key = runReportKey({ ...of, date: startedAt.slice(0, 10), runId: `run-${at}` });
    // S3 tells the time to the second.
    const modifiedAt = Math.floor((NOW - ago) / 1000) * 1000;
    return { key, modifiedAt, text: JSON.stringify({ runId: `run-${at}`, purpose: 'live', startedAt, ...report }) };
  });
  const lake = {
    async *list(folder: string) {
      asked.push(`list ${folder.slice(-11, -1)}`);
      for (const { key, modifiedAt } of reports) if (key.startsWith(folder)) yield { key, tag: key, modifiedAt };
    },
    async *read(key: string) {
      asked.push('read');
      yield new TextEncoder().encode(reports.find((report) => report.key === key)?.text ?? '');
    },
    close: async () => {},
  };
  return { reports: runReports(lake), asked };
}

const good = { outcome: 'caught up' };
const bad = (errorCode = 'object-corrupt') => ({ outcome: 'failed', errorCode, error: `${errorCode}: fix it` });
const MINUTE = 60_000;

function recent({ reports }: ReturnType<typeof lakeOf>, writtenAt: number | 'never' = NOW - MINUTE) {
  return recentRuns(reports, stream, { now: NOW, writtenAt: writtenAt === 'never' ? undefined : writtenAt });
}

describe('the latest runs of a stream', () => {
  test('are the last and how many failed since one that did not', async () => {
    const lake = lakeOf(
      [4 * MINUTE, bad()],
      [3 * MINUTE, good],
      [2 * MINUTE, bad('lake-unavailable')],
      [MINUTE, bad()],
    );

    expect(await recent(lake)).toMatchObject({
      failures: 2,
      last: { runId: 'run-3', error: { code: 'object-corrupt', message: 'object-corrupt: fix it' } },
    });
  });

  test('cost one listing and one reading where the last went well', async () => {
    const lake = lakeOf([2 * MINUTE, bad()], [MINUTE, good]);

    expect(await recent(lake)).toMatchObject({ failures: 0, last: { outcome: 'caught up', error: null } });
    expect(lake.asked).toEqual(['list 2026-05-20', 'read']);
  });

  test('go on over midnight, to the day before the checkpoint was written and no farther', async () => {
    const lake = lakeOf([50 * HOUR_MS, bad()], [26 * HOUR_MS, bad()], [MINUTE, bad()]);

    expect(await recent(lake, NOW - HOUR_MS)).toMatchObject({ failures: 2 });
    expect(await recent(lake, 'never')).toMatchObject({ failures: 3 });
  });

  test('of a stream that has rested for weeks are those around its checkpoint', async () => {
    const lake = lakeOf([30 * DAY_MS, good]);

    expect(await recent(lake, NOW - 30 * DAY_MS)).toMatchObject({ failures: 0, last: { runId: 'run-0' } });
    expect(await recent(lake, NOW - 28 * DAY_MS)).toEqual({ failures: 0, last: undefined });
  });

  test('within one second are told apart by when they began', async () => {
    const lake = lakeOf([MINUTE - 100, bad('first')], [MINUTE - 300, bad('last')], [MINUTE - 200, bad('second')]);

    expect(await recent(lake)).toMatchObject({ failures: 3, last: { error: { code: 'last' } } });
  });

  test('are neither backfills nor runs that did nothing, nor what is not a report', async () => {
    const lake = lakeOf(
      [5 * MINUTE, good],
      [4 * MINUTE, bad()],
      [3 * MINUTE, { ...bad(), purpose: 'backfill' }],
      [2 * MINUTE, { outcome: 'skipped' }],
      [90_000, { outcome: 'else' }],
      [80_000, { ...good, startedAt: 'soon' }],
      [MINUTE, { ...good, purpose: 7 }],
    );

    expect(await recent(lake)).toMatchObject({ failures: 1, last: { runId: 'run-1' } });
  });

  test('are counted up to twenty', async () => {
    const lake = lakeOf(...Array.from({ length: 30 }, (_, at): Ended => [(at + 1) * MINUTE, bad()]));

    expect((await recent(lake)).failures).toBe(20);
  });

  test('are looked for in vain among very many backfills', async () => {
    const backfills = Array.from(
      { length: 500 },
      (_, at): Ended => [(at + 1) * 1000, { ...good, purpose: 'backfill' }],
    );
    const lake = lakeOf(...backfills, [HOUR_MS, good]);

    expect((await recent(lake)).last).toBeUndefined();
    expect(lake.asked.length).toBeLessThan(100);
  });

  test('of two streams of a tenant cost one listing', async () => {
    const lake = lakeOf([MINUTE, good]);

    await Promise.all([
      recent(lake),
      recentRuns(
        lake.reports,
        { ...stream, definition: streamDefinition('crescendo.botconv') },
        { now: NOW, writtenAt: NOW - 13 * HOUR_MS },
      ),
    ]);

    expect(lake.asked.filter((what) => what === 'list 2026-05-20')).toHaveLength(1);
  });
});
