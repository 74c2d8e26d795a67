import assert from 'node:assert/strict';
import { type StreamDefinition, streams } from '../../contract/streams.ts';
import { namedQueries } from '../../contract/views/named-queries.ts';
import { turnsView } from '../../contract/views/turn-views.ts';
import { streamView, tableNames } from '../../contract/views/view-sql.ts';
import type { DuckdbLake } from '../support/lake/duckdb-lake.ts';
import type { LakeLine } from '../support/run/live-export.ts';
import { sampleRun } from '../support/run/sample-report.ts';
import { expectedRow, sortedRows, type ViewRow, viewRowOf } from '../support/views/expected-rows.ts';
import { turnLines, turnsQuery } from '../support/views/turn-lines.ts';
import type { Trino } from './start-trino.ts';

/** What the checks look at: one lake through two engines, and its lines as they lie there. */
export interface Seen {
  readonly trino: Trino;
  readonly duckdb: DuckdbLake;
  readonly lines: (table: string) => Promise<readonly LakeLine[]>;
  readonly tenant: string;
}

/** One sentence that must hold. @throws Error that tells how it does not */
export interface Check {
  readonly says: string;
  readonly holds: (seen: Seen) => Promise<void>;
}

/** Everything that is checked, in order. */
export const checks: readonly Check[] = [
  ...[...streams.values()].flatMap(streamChecks),
  {
    says: 'a Salesloft row from before the start is in the table',
    async holds({ trino }) {
      const found = await trino.query(`SELECT dt FROM salesloft_conversations WHERE row_key = 'sl-old'`);
      assert.deepEqual(found, [['2024-11-30']]);
    },
  },
  {
    says: 'convlake_runs shows a report, its times in UTC',
    async holds({ trino }) {
      const found = await trino.query(
        `SELECT stream, outcome, started_at, rows_new, watermark, source, tenant FROM convlake_runs WHERE run_id = '${sampleRun.runId}'`,
      );
      const [startedAt, watermark] = [sampleRun.startedAt, sampleRun.watermark].map(trinoTimestamp);
      assert.deepEqual(found, [['crescendo.vocconv', 'failed', startedAt, 12, watermark, 'crescendo', 'tenant-alpha']]);
    },
  },
  ...turnLines.map(({ stream, turns, columns }) => ({
    says: `${stream}: the view of turns has a row for each`,
    async holds({ trino }: Seen) {
      const view = turnsView(stream)?.name ?? '';
      assert.deepEqual(await trino.query(turnsQuery(view, columns)), turns);
      const [[all] = []] = await trino.query(`SELECT count(*) FROM ${view}`);
      assert.ok(Number(all) > turns.length, 'exported transcripts have turns too');
    },
  })),
  ...namedQueries([...streams.values()]).map(({ name, sql }) => ({
    says: `the named query ${name} runs`,
    async holds({ trino }: Seen) {
      await trino.query(sql);
    },
  })),
];

function streamChecks(definition: StreamDefinition): readonly Check[] {
  const { table } = definition;
  const { view, raw, undatedRaw } = tableNames(definition);
  const columns = streamView(definition);
  const all = `SELECT * FROM ${view}`;
  const read = (rows: readonly (readonly unknown[])[]) => sortedRows(rows.map((values) => viewRowOf(columns, values)));
  // Asked once: moto takes its time to list every day.
  let answers: readonly ViewRow[] = [];
  return [
    {
      says: `${table}: both raw tables and the view count the lake's lines`,
      async holds({ trino, lines }) {
        const all = await lines(table);
        const undated = all.filter(({ dt }) => dt === undefined).length;
        const counts = [raw, undatedRaw, view].map((name) => `(SELECT count(*) FROM ${name})`);
        assert.deepEqual(await trino.query(`SELECT ${counts}`), [[all.length - undated, undated, all.length]]);
        assert.ok(undated > 0 && undated < all.length, 'the lake has dated and undated rows');
      },
    },
    {
      says: `${table}: every column holds what the line says, every time in UTC`,
      async holds({ trino, lines, tenant }) {
        answers = read(await trino.query(all));
        const expected = (await lines(table)).map((line) => expectedRow(definition, tenant, line));
        assertSame(answers, sortedRows(expected));
      },
    },
    {
      says: `${table}: DuckDB answers the same`,
      async holds({ duckdb }) {
        assertSame(answers, read(await duckdb.query(all)));
      },
    },
    {
      says: `${table}: a filter on dt and tenant reads that partition alone`,
      async holds({ trino, lines, tenant }) {
        const dt = (await lines(table)).find((line) => line.dt !== undefined)?.dt;
        const plan = await planOf(trino, `SELECT row_key FROM ${view} WHERE dt = '${dt}' AND tenant = '${tenant}'`);
        assert.match(plan, new RegExp(`dt:string:PARTITION_KEY\\s+:: \\[\\[${dt}\\]\\]`));
        assert.match(plan, new RegExp(`tenant:string:PARTITION_KEY\\s+:: \\[\\[${tenant}\\]\\]`));
        assert.doesNotMatch(plan, new RegExp(undatedRaw), 'the undated rows are read for a date');
      },
    },
  ];
}

/** Names the columns that differ; whole answers would be pages long. */
function assertSame(seen: readonly ViewRow[], expected: readonly ViewRow[]): void {
  assert.equal(seen.length, expected.length);
  const differences = seen.flatMap((answer, at) =>
    Object.entries(answer).flatMap(([column, value]) => {
      const other = expected[at]?.[column];
      return Object.is(value, other) ? [] : [{ key: answer['row_key'], column, value, other }];
    }),
  );
  assert.deepEqual(differences.slice(0, 10), []);
}

/** As Trino prints a timestamp(3). */
function trinoTimestamp(atMs: number): string {
  return new Date(atMs).toISOString().replace('T', ' ').replace('Z', '');
}

async function planOf(trino: Trino, sql: string): Promise<string> {
  return (await trino.query(`EXPLAIN ${sql}`)).flat().join('\n');
}
