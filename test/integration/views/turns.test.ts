import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { streamDefinition, streams } from '../../../contract/streams.ts';
import { namedQueries } from '../../../contract/views/named-queries.ts';
import { turnsView } from '../../../contract/views/turn-views.ts';
import { streamView } from '../../../contract/views/view-sql.ts';
import { type DuckdbLake, openDuckdbLake } from '../../support/lake/duckdb-lake.ts';
import { testFolder } from '../../support/lake/file-lake.ts';
import { expectedRow, sortedRows, viewRowOf } from '../../support/views/expected-rows.ts';
import { TURNS_DT, turnLines, turnObject, turnsQuery } from '../../support/views/turn-lines.ts';

const TENANT = 'tenant-alpha';

/** A lake that holds the lines of all streams with turns. */
async function lakeOfTurns(): Promise<DuckdbLake> {
  const folder = await testFolder();
  for (const { stream } of turnLines) {
    const { key, bytes } = turnObject(stream, TENANT);
    await mkdir(dirname(join(folder, key)), { recursive: true });
    await writeFile(join(folder, key), bytes);
  }
  const lake = await openDuckdbLake(folder, [...streams.values()]);
  onTestFinished(() => lake.close());
  return lake;
}

describe.each(turnLines)('the turns of $stream', ({ stream, lines, turns, columns }) => {
  const view = turnsView(stream);
  if (!view) throw new Error(`${stream} has no view of turns`);

  test('are a row each, whatever stands where a transcript or a turn should', async () => {
    const lake = await lakeOfTurns();

    expect(await lake.query(turnsQuery(view.name, columns))).toEqual(turns);
  });

  test('have the types that the view declares, in the same order', async () => {
    const lake = await lakeOfTurns();

    const described = await lake.query(`DESCRIBE ${view.name}`);

    const types: Readonly<Record<string, string>> = { varchar: 'VARCHAR', double: 'DOUBLE' };
    expect(described.map(([column, type]) => [column, type])).toEqual(
      view.columns.map(({ name, trino }) => [name, types[trino]]),
    );
  });

  test('leave the view of the lines what it is: every line once', async () => {
    const lake = await lakeOfTurns();
    const definition = streamDefinition(stream);
    const lineView = streamView(definition);

    const shown = await lake.query(`SELECT * FROM ${lineView.name} WHERE row LIKE '{%'`);

    const expected = lines
      .filter((line) => line.startsWith('{'))
      .map((line) => expectedRow(definition, TENANT, { dt: TURNS_DT, line }));
    expect(sortedRows(shown.map((values) => viewRowOf(lineView, values)))).toEqual(sortedRows(expected));
  });
});

test('every stream of transcripts has a view of its turns, and no other stream has', () => {
  const withTurns = [...streams.keys()].filter((stream) => turnsView(stream));

  expect(withTurns.sort()).toEqual(turnLines.map(({ stream }) => stream).sort());
});

test('the named queries tell of turns: who talks how much, and how soon', async () => {
  const lake = await lakeOfTurns();
  const sqlOf = (name: string) =>
    (namedQueries([...streams.values()]).find((query) => query.name === name)?.sql ?? '').replaceAll(
      /CAST\(current_date - INTERVAL '\d+' DAY AS varchar\)/g,
      `'${TURNS_DT}'`,
    );

  expect(await lake.query(sqlOf('voiceable_turns_talk_share'))).toEqual([[null, '2', 5 / 22.5]]);
  expect(await lake.query(sqlOf('voiceable_turns_first_answer'))).toEqual([[TURNS_DT, '1', 1.5]]);
  expect(await lake.query(sqlOf('salesloft_sentences_mentions').replace('refund', 'hell'))).toEqual([
    ['c1', TURNS_DT, '1', 0.5],
  ]);
  expect(await lake.query(sqlOf('salesloft_sentences_talk_share'))).toEqual([
    ['c1', 'a1', 1.75 / 60, 1],
    [null, null, null, null],
  ]);
});
