import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../../support/lake/file-lake.ts';
import { now, openDesk, programEnd, startProgram } from './cli-fixture.ts';

test.each([
  [['exprot'], "unknown command 'exprot'"],
  [['export', '--lokback', '1 day'], "unknown option '--lokback'"],
  [['export', 'crescendo.vocconv'], 'too many arguments'],
])('exits 2 for %j', async (args, message) => {
  const { status, stdout, stderr } = await programEnd(startProgram(await testFolder(), args));

  expect(status).toBe(2);
  expect(stderr).toContain(message);
  expect(stdout).toBe('');
});

test('lists every problem of options and configuration at once', async () => {
  const folder = await testFolder();
  const streams = [{ stream: 'crescendo.vocconf', tenant: 'a/b', credential: 'env:KEY', start: '2026-01-01' }];
  await writeFile(join(folder, 'own.json'), JSON.stringify({ stage: 'test', lake: './lake', streams }));

  const { status, stderr } = await programEnd(
    startProgram(folder, [
      'backfill',
      '--config',
      'own.json',
      '--lookback',
      'soon',
      '--lake',
      's3://B',
      '--to',
      '1 May',
    ]),
  );

  expect(status).toBe(2);
  const begins = [
    '--lookback: "soon" is not a duration',
    '--lake: "s3://B" does not name a bucket',
    'own.json: streams[0].stream: there is no stream "crescendo.vocconf"; did you mean "crescendo.vocconv"?',
    'own.json: streams[0].tenant: "a/b" is not a tenant',
    '--from: is missing',
    '--to: "1 May" is not an instant',
    '',
  ];
  expect(stderr.split('\n').map((line, at) => line.slice(0, begins[at]?.length))).toEqual(begins);
});

test.each([
  ['{"stage": key-of-a-vendor}', 'own.json: is not JSON: expected a value in line 1, column 11'],
  ['{"stage": "é",\n  }', 'own.json: is not JSON: expected a name in line 2, column 3'],
  ['{} {}', 'own.json: is not JSON: expected nothing more in line 1, column 4'],
])('says where JSON is broken, but not what stands there: %s', async (text, message) => {
  const folder = await testFolder();
  await writeFile(join(folder, 'own.json'), text);

  const { status, stderr } = await programEnd(startProgram(folder, ['export', '--config', 'own.json']));

  expect(status).toBe(2);
  expect(stderr).toBe(`${message}\n`);
});

test.each(['own.json', 'own.jsonc'])('reads comments and $schema in %s, and says where it is broken', async (file) => {
  const folder = await testFolder();
  const stream = '{ "stream": "crescendo.vocconv", "tenant": "a", "credential": "env:KEY", "start": "2026-01-01" }';
  const text = `// our lake\n{ "$schema": "./schema.json", "stage": "t", /* here */ "lake": "./lake", "streams": [${stream}] }`;
  const plan = async (written: string) => {
    await writeFile(join(folder, file), written);
    return programEnd(startProgram(folder, ['plan', '--json', '--config', file]));
  };

  const good = await plan(text);
  const broken = await plan(text.replace('"lake":', '"lake"'));
  const open = await plan(`${text}\n/* never ends`);

  expect(good).toMatchObject({ status: 0, stderr: '', lines: [{ stream: 'crescendo.vocconv', tenant: 'a' }] });
  expect(broken).toMatchObject({ status: 2, stderr: `${file}: is not JSON: expected ":" in line 2, column 63\n` });
  expect(open).toMatchObject({
    status: 2,
    stderr: `${file}: is not JSON: expected the end of the comment in line 3, column 1\n`,
  });
});

test.each([
  ['own.ts', "export default {\n  stage 'x',\n};", /^own\.ts: cannot be loaded: SyntaxError: .*\(line 2\)\n$/],
  [
    'own.mjs',
    "export default {\n  stage: 'x'\n  lake: 'y',\n};",
    /^own\.mjs: cannot be loaded: SyntaxError: .*\(line 3\)\n$/,
  ],
  ['own.ts', '\nexport default { stage: missing };', /^own\.ts: cannot be loaded: ReferenceError: .*\(line 2\)\n$/],
  [
    'own.ts',
    "import './other.ts';\nexport default {};",
    /^own\.ts: cannot be loaded: SyntaxError: .*\(.*other\.ts, line 3\)\n$/,
  ],
  ['own.ts', 'export const config = {};', /^own\.ts: has no default export/],
])('names file and line of what cannot be loaded, without a stack trace: %s %s', async (file, text, message) => {
  const folder = await testFolder();
  await writeFile(join(folder, file), text);
  await writeFile(join(folder, 'other.ts'), '\n\nenum Secret { key }');

  const { status, stderr, stdout } = await programEnd(startProgram(folder, ['export', '--config', file]));

  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at |Secret/m);
});

test('reads convlake.config.ts first, and says when there is no configuration at all', async () => {
  const folder = await testFolder();

  const none = await programEnd(startProgram(folder, ['plan']));
  await writeFile(join(folder, 'convlake.config.json'), '{}');
  await writeFile(
    join(folder, 'convlake.config.ts'),
    "export default { stage: 'x' as string, lake: './lake', streams: [] };",
  );
  const empty = await programEnd(startProgram(folder, ['plan']));

  expect(none).toMatchObject({ status: 2, stderr: expect.stringContaining('neither convlake.config.ts nor') });
  expect(empty).toMatchObject({
    status: 2,
    stderr: 'convlake.config.ts: streams: is empty; write at least one stream\n',
  });
});

test('a folder that a configuration names lies beside it, one of --lake where it is typed', async () => {
  const { folder, run } = await openDesk(['crescendo.botconv']);
  await mkdir(join(folder, 'conf'));
  await rename(join(folder, 'convlake.config.json'), join(folder, 'conf/own.json'));

  await run(['export', '--config', 'conf/own.json', '--now', now]);
  await run(['export', '--config', 'conf/own.json', '--lake', './here', '--now', now]);
  const { lines } = await run(['status', '--json', '--config', './conf/own.json', '--now', now]);

  expect((await readdir(folder)).sort()).toEqual(['conf', 'here']);
  expect((await readdir(join(folder, 'conf'))).sort()).toEqual(['lake', 'own.json']);
  expect(lines).toMatchObject([{ health: 'ok' }]);
});

test('lists what there is when a filter fits nothing', async () => {
  const { run } = await openDesk(['crescendo.vocconv', 'voiceable.conversations']);

  const { status, stderr } = await run(['export', '--stream', 'crescendo.vocconv', '--stream', 'crescendo.voc']);

  expect(status).toBe(2);
  expect(stderr).toBe(
    '--stream: "crescendo.voc" is not in the configuration; there is crescendo.vocconv, voiceable.conversations\n',
  );
});

test('plans without a request and without a trace', async () => {
  const { run, folder, simulator } = await openDesk(['crescendo.botconv']);

  const { status, lines } = await run(['plan', '--json', '--now', now]);

  expect(status).toBe(0);
  expect(lines).toEqual([
    {
      stream: 'crescendo.botconv',
      tenant: 'tenant-alpha',
      enabled: true,
      watermark: null,
      new: { from: '2026-03-05T00:00:00.000Z', to: '2026-03-10T12:00:00.000Z', windows: 6 },
      reread: null,
      history: null,
      revisits: null,
      effort: null,
      every: '1 hour',
      window: '1 day',
      lookback: '6 hours',
      deepLookback: '3 days',
    },
  ]);
  expect(simulator.stats('crescendo.botconv').requests).toBe(0);
  expect(await readdir(folder)).toEqual(['convlake.config.json']);
});
