import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { openLakeDatabase } from '../../../cli/query/database/lake-database.ts';
import { loadDuckdb } from '../../../cli/query/database/load-duckdb.ts';
import { folderFiles } from '../../../cli/query/files/lake-files.ts';
import { readHistory, writeHistory } from '../../../cli/query/history.ts';
import { lakeCatalogue } from '../../../cli/query/lists.ts';
import { runPrompt } from '../../../cli/query/prompt.ts';
import { streams } from '../../../contract/streams.ts';
import { testFolder } from '../../support/lake/file-lake.ts';
import { openQueryDesk, vocconv } from './query-fixture.ts';

/** Types lines into a prompt over a lake with two rows, and resolves to what it printed, what it said and what it remembers. */
async function typed(...lines: readonly string[]) {
  const day = '2026-03-09';
  const { lake } = await openQueryDesk([{ dt: day, lines: [vocconv('a', day), vocconv('b', day)] }]);
  const catalogue = lakeCatalogue([...streams.values()]);
  const database = await openLakeDatabase({
    duckdb: await loadDuckdb(),
    tables: catalogue.tables,
    files: folderFiles(lake),
  });
  onTestFinished(() => database.close());
  const [printed, said]: [string[], string[]] = [[], []];
  const [input, output] = [new PassThrough(), new PassThrough()];
  const toType = lines.values();
  let shown = '';
  output.setEncoding('utf8').on('data', (piece: string) => {
    shown += piece;
    if (!piece.endsWith('> ')) return;
    const { value: line, done } = toType.next();
    if (done) input.end();
    else input.write(`${line}\n`);
  });
  const history = await runPrompt({
    session: {
      catalogue,
      database: async () => database,
      printer: {
        print: async (piece) => {
          printed.push(piece);
          return true;
        },
        say: (line) => said.push(line),
      },
    },
    format: 'csv',
    input,
    output,
    history: ['SELECT 0;'],
    interrupt: () => database.interrupt(),
  });
  return { printed: printed.join(''), said, history, shown };
}

test('statements end with a semicolon, and what is wrong with one does not end the conversation', async () => {
  const { printed, said, shown } = await typed(
    'SELECT row_key',
    'FROM crescendo_vocconv ORDER BY 1; SELEC 2;',
    "SELECT ';' AS semicolon; -- and a comment; here",
    '',
    'SELECT 1 AS unfinished',
  );

  expect(printed).toBe('row_key\r\na\r\nb\r\nsemicolon\r\n;\r\n');
  expect(said).toEqual(['Parser Error: syntax error at or near "SELEC" (line 1, column 1)']);
  expect(shown).toContain('convlake> ');
  expect(shown).toContain('     ...> ');
});

test('words with a dot list, describe, run named queries, set the format and leave', async () => {
  const { printed, said, shown } = await typed(
    '.named crescendo_botconv',
    '.format json',
    '.describe convlake_runs_raw',
    '.describe nothing',
    '.help',
    'exit',
    'SELECT 1;',
  );

  expect(printed).toBe(
    [
      'dt,bot_name,conversations,escalated,csat\r\n',
      '{"column":"row","type":"string","comment":"One line: a JSON object"}\n',
      ...['source', 'tenant', 'dt'].map(
        (name) => `{"column":"${name}","type":"string","comment":"Of the folders that the lines lie in"}\n`,
      ),
    ].join(''),
  );
  expect(said).toEqual(['"nothing" is not a table of this lake; --tables lists what there is']);
  expect(shown).toContain('.exit              so does Ctrl-D');
});

test('history is kept for this user alone, newest first', async () => {
  const file = join(await testFolder(), 'state', 'convlake', 'query-history');

  await writeHistory(file, ['SELECT 2;', 'SELECT 1;']);

  expect(await readFile(file, 'utf8')).toBe('SELECT 1;\nSELECT 2;\n');
  expect(await readHistory(file)).toEqual(['SELECT 2;', 'SELECT 1;']);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readHistory(`${file}-of-nobody`)).toEqual([]);
});
