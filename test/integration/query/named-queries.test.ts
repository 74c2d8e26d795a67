import { expect, onTestFinished, test } from 'vitest';
import { lakeCatalogue } from '../../../cli/query/lists.ts';
import { streams } from '../../../contract/streams.ts';
import { openDuckdbLake } from '../../support/lake/duckdb-lake.ts';
import { lakeLines } from '../../support/run/live-export.ts';
import { openDesk } from '../cli/cli-fixture.ts';
import { runQuery } from './query-fixture.ts';

const { queries } = lakeCatalogue([...streams.values()]);
/** A phrase that simulated conversations may lack, and a field that none has. */
const MAY_BE_EMPTY = /_mentions$|^elevenlabs_transcripts$/;

/** As text; the last digits of a sum depend on the order in which its parts were read. */
function comparable(value: unknown): string {
  const text = String(value);
  return /^-?\d+[.]\d+$/.test(text) ? Number(text).toPrecision(9) : text;
}

test('every named query of a deployment gives over a real lake what its view gives', { timeout: 600_000 }, async () => {
  const names = [...streams.keys()];
  const { run, folder, lake } = await openDesk(names, { rows: 40, days: 3, now: Date.now });
  const exported = await run(['export', '--json']);
  expect(exported.lines.map(({ outcome }) => outcome)).toEqual(names.map(() => 'caught up'));
  const database = await openDuckdbLake(lake, [...streams.values()]);
  onTestFinished(() => database.close());

  for (const { name, sql } of queries) {
    const { status, stdout, stderr } = await runQuery(['--named', name, '--format', 'json'], { folder });
    const rows = stdout.split('\n').filter((line) => line !== '');
    const expected = await database.query(sql);

    expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: '' });
    expect({ name, rows: rows.map((line) => Object.values(JSON.parse(line)).map(comparable)).sort() }).toEqual({
      name,
      rows: expected.map((row) => row.map(comparable)).toSorted(),
    });
    if (!MAY_BE_EMPTY.test(name)) expect({ name, rows: rows.length }).not.toEqual({ name, rows: 0 });
  }
});

test('a named query of the last days counts the first of them, as Athena does', async () => {
  const { run, folder, lake } = await openDesk(['crescendo.vocconv'], { rows: 300, days: 33, now: Date.now });
  await run(['export']);
  const first = new Date(Date.now() - 30 * 86_400_000).toISOString().slice(0, 10);

  const { stdout } = await runQuery(['--named', 'crescendo_vocconv', '--format', 'json'], { folder });

  const counted = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).conversations);
  const lines = (await lakeLines(lake, 'crescendo_vocconv')).filter(({ dt }) => dt !== undefined && dt >= first);
  expect(lines.some(({ dt }) => dt === first)).toBe(true);
  expect(counted.reduce((sum, count) => sum + count, 0)).toBe(lines.length);
});

test('--named without a name lists them, each with what it shows', async () => {
  const { folder } = await openDesk(['elevenlabs.transcripts']);

  const { stdout } = await runQuery(['--named', '--format', 'csv'], { folder });

  expect(stdout.split('\r\n').slice(0, 3)).toEqual([
    'query,what it shows',
    'elevenlabs_transcripts,"Calls in which a phrase was said, last 7 days"',
    'elevenlabs_turns_mentions,"Conversations that mention a phrase, last 30 days"',
  ]);
});
