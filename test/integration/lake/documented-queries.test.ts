import { globSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, onTestFinished, test } from 'vitest';
import { DEMO_QUERY } from '../../../cli/demo/demo-query.ts';
import { objectKey } from '../../../contract/layout.ts';
import { streamDefinition } from '../../../contract/streams.ts';
import { gzipCodec } from '../../../functions/lake/gzip/gzip.ts';
import { openDuckdbLake } from '../../support/lake/duckdb-lake.ts';
import { testFolder } from '../../support/lake/file-lake.ts';

const root = join(import.meta.dirname, '../../..');
const today = new Date().toISOString().slice(0, 10);

/** Rows that a vendor's API let through and that are in the lake as they came; four of them have a rating. */
const oddRows = [
  '{"ID":"plain","Media":"voice","CSat":4}',
  '{"ID":"half-an-emoji","Media":"voice","CSat":5,"Summary":"thanks \\ud83d"}',
  '{"ID":"whole-emoji","Media":"voice","CSat":2,"Summary":"\\\\ud83d \\ud83d\\ude00"}',
  '{"ID":"empty-number","Media":"voice","CSat":""}',
  '{"ID":"number-as-text","Media":"voice","CSat":"3"}',
  '{"ID":"twice","Media":"voice","Media":"chat","CSat":[]}',
  '{"ID":"quotes","Media":"voice","Summary":"\\"a,b\\"|\\t\\u0000;\\u0001"}',
  `{"ID":"long","Media":"voice","Summary":"${'long '.repeat(4_800_000)}"}`,
  '[]',
];
/** Never from convlake; a disk, or somebody's tool. */
const malformed = '{"ID":"malformed","CSat":';

/** Every query of README and docs that reads files, by where it stands. */
const documented = ['README.md', ...globSync('docs/**/*.md', { cwd: root })].flatMap((page) => {
  const queries = readFileSync(join(root, page), 'utf8').matchAll(/^ {4}-- DuckDB\n((?: {4}.*\n)+)/gm);
  return [...queries].map(([, query = '']) => [page, query] as const);
});

test('README and docs have queries for DuckDB', () => {
  expect(documented.map(([page]) => page)).toEqual(['README.md', join('docs', 'delivery.md')]);
});

test.each(documented)(
  'the query of %s reads a lake with odd rows; at most a malformed line is not counted',
  async (page, query) => {
    const folder = await lakeOf([...oddRows, malformed]);

    const day = (await answersOver(folder, query)).find(([dt]) => dt === today) ?? [];

    const [counted, average] = [Number(day[1]), Number(day.at(-1))];
    expect([oddRows.length, oddRows.length + 1]).toContain(counted);
    // DuckDB's JSON reader refuses half a surrogate pair, so that row's values are null; the query over text repairs it first.
    expect(average).toBe(page.includes('delivery') ? (4 + 5 + 2 + 3) / 4 : (4 + 2 + 3) / 3);
  },
);

test("the demonstration's query counts every line, and reads a row with half an emoji as Athena does", async () => {
  const folder = await lakeOf([...oddRows, malformed]);
  const lake = await openDuckdbLake(join(folder, 'lake'), [streamDefinition('crescendo.vocconv')]);
  onTestFinished(() => lake.close());

  const answers = await lake.query(DEMO_QUERY);

  expect(answers).toEqual([[today, String(oddRows.length + 1), '8', '0', '0', (4 + 5 + 2 + 3) / 4]]);
});

/** A folder with a lake that has these lines in today's object, in several members, and one undated. */
async function lakeOf(lines: readonly string[]): Promise<string> {
  const folder = await testFolder();
  const { pack } = gzipCodec({ level: 1 });
  const members = await Promise.all(lines.map((line) => pack(Buffer.from(`${line}\n`))));
  const place = { table: 'crescendo_vocconv', tenant: 'demo' };
  for (const [dt, bytes] of [
    [today, Buffer.concat(members)],
    [undefined, members[0] ?? Buffer.of()],
  ] as const) {
    const path = join(folder, 'lake', objectKey({ ...place, dt }));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
  return folder;
}

/** The rows that a query gives in DuckDB alone. */
async function answersOver(folder: string, query: string): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    await connection.run(`SET TimeZone = 'UTC'; SET file_search_path = '${folder}'`);
    return (await connection.runAndReadAll(query)).getRowsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
