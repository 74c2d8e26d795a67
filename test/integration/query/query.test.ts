import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { testFolder } from '../../support/lake/file-lake.ts';
import { openQueryDesk, runQuery, vocconv } from './query-fixture.ts';

const DAY = '2026-03-09';
const rows = [
  vocconv('a', DAY, { Media: 'voice', CSat: 4, AgentId: 90071992547409931n.toString() }),
  vocconv('b', DAY, { Media: 'say "hi",\nthere', CSat: null }),
  vocconv('c', DAY, { Media: '', CSat: 2.5 }),
];
const SQL = 'SELECT row_key, media, csat, row_time FROM crescendo_vocconv ORDER BY row_key';

describe('the formats', () => {
  test('a table has a column for each column, numbers to the right, and nothing that moves a cursor', async () => {
    const { query } = await openQueryDesk([{ dt: DAY, lines: rows }]);

    const { status, stdout, stderr } = await query([SQL]);

    expect(stdout).toBe(
      [
        'row_key  media             csat  row_time',
        'a        voice                4  2026-03-09 09:00:00.250',
        'b        say "hi",\\nthere  NULL  2026-03-09 09:00:00.250',
        'c                           2.5  2026-03-09 09:00:00.250',
        '',
      ].join('\n'),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('csv is that of RFC 4180, and tells a null from an empty text', async () => {
    const { query } = await openQueryDesk([{ dt: DAY, lines: rows }]);

    const { stdout } = await query([SQL, '--format', 'csv']);

    expect(stdout).toBe(
      [
        'row_key,media,csat,row_time',
        'a,voice,4,2026-03-09 09:00:00.250',
        'b,"say ""hi"",\nthere",,2026-03-09 09:00:00.250',
        'c,"",2.5,2026-03-09 09:00:00.250',
        '',
      ].join('\r\n'),
    );
  });

  test('json has a line for each row', async () => {
    const { query } = await openQueryDesk([{ dt: DAY, lines: rows }]);

    const { stdout } = await query([SQL, '--format', 'json']);

    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { row_key: 'a', media: 'voice', csat: 4, row_time: '2026-03-09 09:00:00.250' },
      { row_key: 'b', media: 'say "hi",\nthere', csat: null, row_time: '2026-03-09 09:00:00.250' },
      { row_key: 'c', media: '', csat: 2.5, row_time: '2026-03-09 09:00:00.250' },
    ]);
  });

  test('markdown keeps a row on its line, and bars in their cells', async () => {
    const { query } = await openQueryDesk([]);

    const { stdout } = await query([
      `SELECT 'a|b' AS "text", 7 AS n, chr(10) AS line, NULL AS nothing`,
      '--format',
      'markdown',
    ]);

    expect(stdout).toBe('| text | n | line | nothing |\n| --- | ---: | --- | ---: |\n| a\\|b | 7 | <br> | NULL |\n');
  });

  test('every digit of a number is printed, and what JSON has no number for is text', async () => {
    const { query } = await openQueryDesk([]);
    const sql = `SELECT 9007199254740993 AS big, 170141183460469231731687303715884105727::hugeint AS huge, 1.10::decimal(10,2) AS price,
      'nan'::double AS none, [1, NULL]::bigint[] AS list, {'at': date '2026-01-02', 'ok': true} AS struct, map {'k': 'v'} AS map,
      json '{"n":9007199254740993}' AS json, timestamptz '2026-01-02 03:00:00+02' AS zoned`;

    const json = await query([sql, '--format', 'json']);
    const csv = await query([sql, '--format', 'csv']);

    expect(json.stdout).toBe(
      '{"big":9007199254740993,"huge":170141183460469231731687303715884105727,"price":1.10,"none":"NaN","list":[1,null],' +
        '"struct":{"at":"2026-01-02","ok":true},"map":{"k":"v"},"json":{"n":9007199254740993},"zoned":"2026-01-02 01:00:00+00"}\n',
    );
    expect(csv.stdout.split('\r\n')[1]).toBe(
      '9007199254740993,170141183460469231731687303715884105727,1.10,NaN,"[1,null]","{""at"":""2026-01-02"",""ok"":true}",' +
        '"{""k"":""v""}","{""n"":9007199254740993}",2026-01-02 01:00:00+00',
    );
  });

  test('a table says what it does not show; a reader who has seen enough ends the query', async () => {
    const { query } = await openQueryDesk([]);

    const long = await query([`SELECT repeat('x', 100) AS x FROM range(1200)`]);

    expect(long.stdout.split('\n')).toHaveLength(1002);
    expect(long.stdout).toContain(`\n${'x'.repeat(79)}…\n`);
    expect(long.stderr).toBe('note: the table has the first 1000 of 1200 rows; --format csv and json have all of it\n');
  });
});

describe('lines that are not JSON', () => {
  const odd = [
    rows[0] ?? '',
    'not JSON',
    '{"ID":"half","DatetimeUTC":"2026-03-09T10:00:00Z","Media":"cut \\ud83d","CSat":1}',
    '{"ID":',
  ];

  test('are counted aloud and fail nothing; a half of a character is read, as Athena does', async () => {
    const { query } = await openQueryDesk([{ dt: DAY, lines: odd }]);

    const { status, stdout, stderr } = await query([
      'SELECT row_key, csat, "row" FROM crescendo_vocconv',
      '--format',
      'csv',
    ]);

    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\r\n')).toHaveLength(1 + odd.length);
    expect(stdout).toContain('\r\nhalf,1,');
    expect(stdout).toContain('\r\n,,not JSON\r\n');
    expect(stderr).toBe(
      'note: 2 lines of crescendo_vocconv_raw are not JSON: their fields are null; "row" has their text\n',
    );
  });

  test('are left out where the query would fail on them, and that is said', async () => {
    const { query } = await openQueryDesk([{ dt: DAY, lines: odd }]);

    const { status, stdout, stderr } = await query([
      `SELECT "row" ->> 'ID' AS id FROM crescendo_vocconv WHERE json_exists("row", 'ID') ORDER BY 1`,
      '--format',
      'csv',
    ]);

    expect({ status, stdout }).toEqual({ status: 0, stdout: 'id\r\na\r\nhalf\r\n' });
    expect(stderr).toBe(
      'note: 2 lines of crescendo_vocconv_raw are not JSON: left out, since this query would fail on them; "row" has their text\n',
    );
  });

  test('count once, however often a query reads them; lines that are not text are left out', async () => {
    const { query } = await openQueryDesk([{ dt: DAY, lines: [...odd, 'x'.repeat(28_000_000)] }]);

    const { status, stdout, stderr } = await query([
      'SELECT count(*) AS n FROM crescendo_vocconv a JOIN crescendo_vocconv b USING (dt)',
      '--format',
      'csv',
    ]);

    expect({ status, stdout }).toEqual({ status: 0, stdout: 'n\r\n16\r\n' });
    expect(stderr).toBe(
      'note: 2 lines of crescendo_vocconv_raw are not JSON: their fields are null; "row" has their text\n' +
        'note: 1 line is left out: longer than a line can be, or not UTF-8\n',
    );
  });
});

test('lines of up to 24 MB are read whole, wherever in a file they lie', async () => {
  const long = [24_900_000, 11, 24_900_000, 12_000_011, 6_000_011, 24_900_000];
  const short = Array.from({ length: 1000 }, (_, at) => `{"ID":"short-${at}"}`);
  const lines = long.flatMap((length) => [`{"ID":"${'x'.repeat(length)}"}`, ...short]);
  const { query } = await openQueryDesk([{ dt: DAY, lines }]);

  const { stdout, stderr } = await query([
    `SET memory_limit = '500MB'; SELECT count(*) AS lines, sum(length("row")) AS characters FROM crescendo_vocconv_raw`,
    '--format',
    'csv',
  ]);

  const characters = lines.reduce((sum, line) => sum + line.length, 0);
  expect({ stdout, stderr }).toEqual({ stdout: `lines,characters\r\n${lines.length},${characters}\r\n`, stderr: '' });
});

describe('what is asked', () => {
  test('may stand in a file or on standard input, and be several statements', async () => {
    const { query, folder } = await openQueryDesk([{ dt: DAY, lines: rows }]);
    const sql = `CREATE TEMP TABLE calls AS SELECT * FROM crescendo_vocconv; -- a comment; with a semicolon
      SELECT count(*) AS "a;b" FROM calls; SELECT 2 AS two`;
    await writeFile(join(folder, 'query.sql'), sql);

    const fromFile = await query(['--file', 'query.sql', '--format', 'json']);
    const fromInput = await query(['--format', 'json'], { input: sql });

    expect(fromFile).toEqual({ status: 0, stdout: '{"a;b":3}\n{"two":2}\n', stderr: '' });
    expect(fromInput).toEqual(fromFile);
  });

  test('sees every tenant, undated rows with a null dt, and tables without objects as empty', async () => {
    const { query } = await openQueryDesk([
      { dt: DAY, lines: rows },
      { dt: DAY, tenant: 'tenant-beta', lines: [vocconv('d', DAY)] },
      { dt: undefined, lines: ['{"ID":"e"}'] },
    ]);

    const { stdout } = await query([
      'SELECT tenant, dt, count(*) AS n FROM crescendo_vocconv GROUP BY ALL ORDER BY ALL; SELECT count(*) AS n FROM salesloft_sentences',
      '--format',
      'csv',
    ]);

    expect(stdout).toBe(
      `tenant,dt,n\r\ntenant-alpha,${DAY},3\r\ntenant-alpha,,1\r\ntenant-beta,${DAY},1\r\nn\r\n0\r\n`,
    );
  });

  test("may use Trino's functions as they stand in the Athena console", async () => {
    const { query } = await openQueryDesk([{ dt: DAY, lines: [...rows, 'not JSON'] }]);

    const { stdout } = await query([
      `SELECT json_extract_scalar("row", '$["Media"]') AS media, regexp_like(row_key, '^[ab]$') AS ab, count_if(csat > 3) AS high
       FROM crescendo_vocconv WHERE json_extract_scalar("row", '$.CSat') IS NOT NULL GROUP BY ALL ORDER BY ALL`,
      '--format',
      'csv',
    ]);

    expect(stdout).toBe('media,ab,high\r\n"",false,0\r\nvoice,true,1\r\n');
  });

  test('is of the configured streams where there is a configuration, and of every stream where there is none', async () => {
    const { query, folder } = await openQueryDesk([]);
    const every = await query(['--tables', '--format', 'csv']);
    const stream = { stream: 'elevenlabs.transcripts', tenant: 't', credential: 'env:KEY', start: '2026-01-01' };
    const configuration = { stage: 'test', lake: './lake', streams: [stream, { ...stream, tenant: 'u' }] };
    await writeFile(join(folder, 'convlake.config.json'), JSON.stringify(configuration));

    const { stdout } = await runQuery(['--tables', '--format', 'csv'], { folder });

    expect(every.stdout.split('\r\n')).toHaveLength(2 + 10 + 3 + 1 + 20 + 1);
    expect(stdout.split('\r\n').map((line) => line.split(',')[0])).toEqual([
      'table',
      'elevenlabs_transcripts',
      'elevenlabs_turns',
      'convlake_runs',
      'elevenlabs_transcripts_raw',
      'elevenlabs_transcripts_undated_raw',
      'convlake_runs_raw',
      '',
    ]);
  });
});

test('a plan that is asked for is that of the lake, not of an empty one', async () => {
  const { query } = await openQueryDesk([{ dt: DAY, lines: rows }]);

  const { stdout } = await query([
    `EXPLAIN SELECT count(*) FROM crescendo_vocconv WHERE dt = '${DAY}'`,
    '--format',
    'csv',
  ]);

  expect(stdout).toContain('READ_CSV');
});

describe('one line says what is wrong', () => {
  test.each([
    [['SELEC 1'], 1, 'Parser Error: syntax error at or near "SELEC" (line 1, column 1)'],
    [
      ['SELECT\n  dtt FROM crescendo_vocconv_raw'],
      1,
      'Binder Error: Referenced column "dtt" not found in FROM clause!; Candidate bindings: "dt", "tenant" (line 2, column 3)',
    ],
    [
      ['SELECT * FROM cresendo_vocconv'],
      1,
      'Catalog Error: Table with name cresendo_vocconv does not exist!; Did you mean "crescendo_vocconv"? (line 1, column 15)',
    ],
    [
      [`SELECT '{"secret"' ->> 'a'`],
      1,
      'a function takes text for JSON that is not: try(…) gives null for it, as json_extract_scalar does for a line',
    ],
    [['--describe', 'calls'], 2, '"calls" is not a table of this lake; --tables lists what there is'],
    [['--named', 'calls'], 2, '"calls" is not a named query of this lake; --named lists what there is'],
    [['SELECT 1', '--format', 'xml'], 2, '--format: "xml" is not a format; write table, csv, json or markdown'],
    [['SELECT 1', '--tables'], 2, 'SQL and --tables: are one question each; ask one'],
    [['--file', 'none.sql'], 2, '--file: "none.sql" cannot be read (ENOENT)'],
    [[' '], 2, 'SQL: is empty; write a query, such as: convlake query "SELECT * FROM convlake_runs"'],
    [[], 2, 'standard input: is empty; write a query, such as: convlake query "SELECT * FROM convlake_runs"'],
    [
      ['--lake', 'elsewhere', 'SELECT 1'],
      1,
      'cannot look at the lake in elsewhere (ENOENT): there is no such file or folder: see whether the path is right, then run again',
    ],
    [['--lake', 's3://B', 'SELECT 1'], 2, '--lake: "s3://B" does not name a bucket'],
  ])('of %j', async (args, status, message) => {
    const { query } = await openQueryDesk([]);

    const end = await query(args);

    expect(end).toMatchObject({ status, stdout: '' });
    expect(end.stderr.slice(0, message.length)).toBe(message);
    expect(end.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('where there is no lake in the configuration and none is named', async () => {
    const { status, stderr } = await runQuery(['SELECT 1'], { folder: await testFolder() });

    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('neither convlake.config.ts nor'),
    });
  });

  test('where DuckDB is not installed: lists need none', async () => {
    const { query, folder } = await openQueryDesk([]);
    const hooks = `import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) {
        if (name.startsWith('@duckdb/')) throw Object.assign(new Error('Cannot find ' + name), { code: 'ERR_MODULE_NOT_FOUND' });
        return next(name, context);
      } });`;
    await writeFile(join(folder, 'without-duckdb.mjs'), hooks);
    const node = ['--import', join(folder, 'without-duckdb.mjs')];

    const list = await query(['--tables'], { node });
    const { status, stdout, stderr } = await query(['SELECT 1'], { node });

    expect(list.status).toBe(0);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    const version = packageJson.optionalDependencies['@duckdb/node-api'];
    expect(stderr).toBe(
      `query needs DuckDB, which is not installed here; install it with: npm install @duckdb/node-api@${version}\n`,
    );
  });
});
