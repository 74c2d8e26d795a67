import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runs } from '../../../contract/columns/runs.ts';
import { listStream, type StreamName, streamDefinition, streams } from '../../../contract/streams.ts';
import { fieldSql } from '../../../contract/views/field-sql.ts';
import { namedQueries } from '../../../contract/views/named-queries.ts';
import { runsView } from '../../../contract/views/runs-view.ts';
import { streamView } from '../../../contract/views/view-sql.ts';
import { parseInstant } from '../../../functions/engine/rows/instant.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import { openDuckdbLake } from '../../support/lake/duckdb-lake.ts';
import { testFolder } from '../../support/lake/file-lake.ts';
import { lakeLines, liveRun } from '../../support/run/live-export.ts';
import { sampleReport, sampleReportKey, sampleRun } from '../../support/run/sample-report.ts';
import { expectedRow, sortedRows, viewRowOf } from '../../support/views/expected-rows.ts';
import { handPutRows, largeBytes, putByHand, putLarge } from '../../support/views/view-rows.ts';

const nowMs = Date.parse('2026-05-20T10:30:00Z');

/** A lake that the exporter wrote, opened. */
async function exported(stream: StreamName) {
  const folder = await testFolder();
  const simulator = await startSimulator({
    rows: 300,
    days: 6,
    now: () => nowMs,
    knobs: {
      crescendo: { unionTypes: 0.3, unknownFields: 0.3, nullTimes: 0.05, nullKeys: 0.05, duplicateNames: 0.2 },
      salesloft: {
        precision: 'microseconds',
        offsetMinutes: -270,
        nullTimes: 0.05,
        unknownFields: 0.3,
        pointsPerMinute: undefined,
      },
      voiceable: { rowShape: 'app', nullTimes: 0.05, requestsPerMinute: 1_000_000 },
      elevenlabs: { nullTimes: 0.05 },
    },
  });
  onTestFinished(() => simulator.close());
  putByHand(simulator.world(stream), stream);
  putLarge(simulator, stream);
  const settings = { oversizedBytes: largeBytes(stream) };
  const { error, rows } = await liveRun({ simulator, stream, lake: folder, now: nowMs + 10 * 60_000, settings });
  if (error) throw error;
  expect(rows.oversized).toBe(1);
  const lake = await openDuckdbLake(folder, [...streams.values()]);
  onTestFinished(() => lake.close());
  const definition = streamDefinition(stream);
  return { lake, definition, lines: await lakeLines(folder, definition.table), tenant: simulator.tenant };
}

describe.each([...streams.keys()])('the view of %s', (stream) => {
  test('shows every line once, each column as the vendor wrote its field', async () => {
    const { lake, definition, lines, tenant } = await exported(stream);
    const view = streamView(definition);

    const shown = await lake.query(`SELECT * FROM ${view.name}`);

    expect(lines.length).toBeGreaterThanOrEqual(300 + handPutRows[listStream(stream)].length);
    expect(sortedRows(shown.map((values) => viewRowOf(view, values)))).toEqual(
      sortedRows(lines.map((line) => expectedRow(definition, tenant, line))),
    );
  });

  test('declares the types that its query gives, in the same order', async () => {
    const { lake, definition } = await exported(stream);
    const { name, columns } = streamView(definition);

    const described = await lake.query(`DESCRIBE ${name}`);

    const types: Readonly<Record<string, string>> = {
      'timestamp(3)': 'TIMESTAMP_MS',
      varchar: 'VARCHAR',
      double: 'DOUBLE',
      boolean: 'BOOLEAN',
    };
    expect(described.map(([column, type]) => [column, type])).toEqual(
      columns.map(({ name, trino }) => [name, types[trino]]),
    );
  });
});

test('the view of the runs shows a report, and the named queries run on a lake that has one', async () => {
  const folder = await testFolder();
  const file = join(folder, sampleReportKey('2026-05-20'));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, sampleReport);
  const lake = await openDuckdbLake(folder, [...streams.values()]);
  onTestFinished(() => lake.close());

  const shown = await lake.query('SELECT * FROM convlake_runs');

  expect(shown.map((values) => viewRowOf(runsView(), values))).toEqual([
    {
      run_id: 'run-1',
      stream: 'crescendo.vocconv',
      purpose: 'live',
      outcome: 'failed',
      stopped_by: 'vendor',
      started_at: sampleRun.startedAt,
      took_ms: 1500,
      rows_read: 20,
      rows_new: 12,
      rows_changed: 3,
      rows_unchanged: 5,
      rows_outside_table: 0,
      rows_oversized: 0,
      rows_undated: 1,
      rows_open: 0,
      details_listed: 20,
      details_held: 5,
      details_fetched: 15,
      details_gone: 0,
      details_failed: 0,
      details_erased: 0,
      details_suspicious: 0,
      pages: 2,
      windows: 2,
      requests: 3,
      throttled_ms: 0,
      points: 3,
      bytes: 20_480,
      objects: JSON.stringify(sampleRun.objects),
      reconciled: true,
      new_fields: JSON.stringify(sampleRun.newFields),
      retyped_fields: JSON.stringify(sampleRun.retypedFields),
      watermark: sampleRun.watermark,
      freshness_ms: 120_000,
      newest_row_at: sampleRun.newestRowAt,
      error: sampleRun.error.message,
      error_code: 'vendor-unavailable',
      row: sampleReport.trimEnd(),
      source: 'crescendo',
      tenant: 'tenant-alpha',
      dt: '2026-05-20',
    },
  ]);
  for (const { sql } of namedQueries([...streams.values()])) await lake.query(sql);
});

test('every field of a report has a column', () => {
  const shown = new Set(runs.map(({ path }) => path[0]));

  const fields = Object.keys(JSON.parse(sampleReport)).filter((field) => field !== 'tenant'); // a partition
  expect(fields.filter((field) => !shown.has(field))).toEqual([]);
});

test('a field without a column is queried through the row', async () => {
  const { lake } = await exported('crescendo.vocconv');

  const queues = await lake.query(
    `SELECT json_extract_scalar("row", '$["routing_v2"]["queue"]') FROM crescendo_vocconv WHERE row_key = '9007199254740993'`,
  );

  expect(queues).toEqual([['q1']]);
});

/** Tokens that tell an instant or look as if they did: offsets as far as Trino knows them, years in which microseconds fit a double. */
const instantTokens = fc.oneof(
  fc
    .tuple(
      fc.date({ min: new Date('1950-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }),
      fc.constantFrom('T', 't', ' ', 'x', ''),
      fc.constantFrom('', ':00', ':59', ':60', ':61', '00', ':5'),
      fc.constantFrom('', '.', '.5', '.25', '.123', '.1239', '.999999', '.123456789123'),
      fc.constantFrom(
        'Z',
        'z',
        '',
        '+00:00',
        '-04:30',
        '+0530',
        '-07',
        '+14:00',
        '+5',
        '+02:60',
        '-00:00',
        'Z ',
        ' Z',
        ' +0530',
        ' -07',
        ' -04:30',
        '  Z',
        ' ',
      ),
    )
    .map(([at, between, seconds, fraction, offset]) => {
      const [date = '', time = ''] = at.toISOString().slice(0, 16).split('T');
      return `"${date}${between}${time}${seconds}${fraction}${offset}"`;
    }),
  fc.constantFrom(
    '"2026-02-29T00:00:00Z"',
    '"2024-02-29T00:00:00Z"',
    '"2026-13-01T00:00:00Z"',
    '"2026-01-01T24:00:00Z"',
  ),
  fc.constantFrom(
    'null',
    'true',
    '[]',
    '{}',
    '""',
    '"1779105600"',
    '0',
    '-1',
    '1.7791056e9',
    '17791056e2',
    '1e30',
    '1e400',
  ),
  fc.constantFrom('99999999999', '100000000000', '20000000000000', '90000000000000', '100000000000000'),
  fc.integer({ min: -1_000_000_000, max: 8_900_000_000 }).map(String),
  fc.integer({ min: 100_000_000_000, max: 8_900_000_000_000 }).map(String),
  fc.bigInt({ min: 100_000_000_000_000n, max: 8_900_000_000_000_000n }).map(String),
  fc
    .tuple(fc.integer({ min: 0, max: 4_000_000_000 }), fc.integer({ min: 0, max: 999_999 }))
    .map((parts) => parts.join('.')),
);

test('an instant column and the engine read the same instant from every token', async () => {
  const lake = await openDuckdbLake(await testFolder(), []);
  onTestFinished(() => lake.close());
  const read = fieldSql({ path: ['at'], reads: 'instant' });

  // A query has many tokens, so that there are few queries; a failure names its token, and nothing need be shrunk.
  const tokens = fc.sample(instantTokens, { numRuns: 3000, seed: 20260520 });

  const lines = tokens.map((token) => `('{"at":${token},"at":1}')`).join(',');
  const seen = await lake.query(`SELECT epoch_ms(${read}) FROM (VALUES ${lines}) AS lines("row")`);

  const expected = tokens.map(parseInstant).map((us) => (us === undefined ? null : Math.floor(us / 1000)));
  const differences = tokens.flatMap((token, at) => {
    const ms = seen[at]?.[0] ?? null;
    return (ms === null ? null : Number(ms)) === expected[at] ? [] : [{ token, ms, expected: expected[at] }];
  });
  expect(differences).toEqual([]);
});
