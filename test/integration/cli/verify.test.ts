import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Desk, now, openDesk } from './cli-fixture.ts';

const STREAM = 'crescendo.vocconv';
const SPAN = ['--from', '2026-03-05', '--to', '2026-03-10'];

interface Found {
  readonly kind: string;
  readonly object: string;
  readonly row?: string;
  readonly key?: string;
}

/** An exported lake. */
async function exported(streams: readonly Parameters<typeof openDesk>[0][number][] = [STREAM]): Promise<Desk> {
  const desk = await openDesk(streams, { rows: 200 });
  const { status, stderr } = await desk.run(['export', '--now', now]);
  if (status !== 0) throw new Error(stderr);
  return desk;
}

async function objects({ lake }: Desk, table = 'crescendo_vocconv'): Promise<readonly string[]> {
  const files = await readdir(join(lake, table), { recursive: true });
  return files
    .filter((file) => file.endsWith('.ndjson.gz'))
    .map((file) => `${table}/${file}`)
    .toSorted();
}

/** Has an object hold other lines. */
async function edit(
  { lake }: Desk,
  key: string,
  change: (lines: readonly string[]) => readonly string[],
): Promise<void> {
  const path = join(lake, key);
  const lines = gunzipSync(await readFile(path))
    .toString()
    .trimEnd()
    .split('\n');
  await writeFile(path, gzipSync(`${change(lines).join('\n')}\n`));
}

async function verify(
  desk: Desk,
  args: readonly string[] = [],
): Promise<{ readonly status: number | null; readonly found: readonly Found[]; readonly stdout: string }> {
  const { status, lines, stdout, stderr } = await desk.run(['verify', '--now', now, '--json', ...args]);
  if (stderr.includes('unexpected')) throw new Error(stderr);
  return { status, stdout, found: lines.flatMap((line) => line['findings'] as readonly Found[]) };
}

describe('a lake as it was left', () => {
  test('is well, offline and against the vendor', async () => {
    const desk = await exported([STREAM, 'salesloft.conversations', 'elevenlabs.transcripts']);

    expect(await verify(desk)).toMatchObject({ status: 0, found: [] });
    expect(await verify(desk, SPAN)).toMatchObject({ status: 0, found: [] });
  });

  test('is said to be so, for people', async () => {
    const desk = await exported();

    const { status, stdout } = await desk.run(['verify', '--offline']);

    expect(status).toBe(0);
    expect(stdout).toMatch(/crescendo\.vocconv +tenant-alpha +\d+ +\d+ +0\n/);
  });
});

describe('offline', () => {
  test.each<[kind: string, damage: (desk: Desk, key: string, others: readonly string[]) => Promise<void>]>([
    [
      'object-corrupt',
      async ({ lake }, key) => writeFile(join(lake, key), (await readFile(join(lake, key))).subarray(0, -30)),
    ],
    ['object-gone', async ({ lake }, key) => rm(join(lake, key))],
    ['doubled', (desk, key) => edit(desk, key, (lines) => [...lines, ...lines.slice(0, 1)])],
    ['rows-gone', (desk, key) => edit(desk, key, (lines) => lines.slice(1))],
    ['not-a-row', (desk, key) => edit(desk, key, (lines) => [...lines, '{"ID":'])],
    ['not-a-row', (desk, key) => edit(desk, key, (lines) => [...lines, '[]'])],
    [
      'foreign-object',
      async ({ lake }, key) => writeFile(join(lake, key.replace(/[^/]+$/, 'copy.ndjson.gz')), gzipSync('{}\n')),
    ],
  ])('names what is wrong: %s', async (kind, damage) => {
    const desk = await exported();
    const all = await objects(desk);
    const key = all[2] ?? '';
    await damage(desk, key, all);

    const { status, found } = await verify(desk);

    expect(status).toBe(1);
    expect(found.map((one) => one.kind)).toEqual([kind]);
    expect(found[0]?.object.replace('copy', key.slice(-20, -10))).toBe(key);
  });

  test('names a row in another date than its own', async () => {
    const desk = await exported();
    const [from = '', to = ''] = (await objects(desk)).slice(1, 3);
    let moved = '';
    await edit(desk, from, (lines) => {
      moved = lines[0] ?? '';
      return lines.slice(1);
    });
    await edit(desk, to, (lines) => [...lines, moved]);

    const { found } = await verify(desk);

    expect(found.map(({ kind, object }) => [kind, object])).toEqual([
      ['rows-gone', from],
      ['wrong-date', to],
    ]);
  });

  test('names a key that stands in two dates, and keys only where they are asked for', async () => {
    const desk = await exported();
    const [from = '', to = ''] = (await objects(desk)).slice(1, 3);
    const [line = ''] = gunzipSync(await readFile(join(desk.lake, from)))
      .toString()
      .split('\n');
    await edit(desk, to, (lines) => [...lines, line]);
    const { ID } = JSON.parse(line) as { readonly ID: string };

    const { found, stdout } = await verify(desk);

    expect(found.map(({ kind }) => kind)).toEqual(['wrong-date', 'doubled']);
    expect(stdout).not.toContain(ID);
    expect((await verify(desk, ['--show-keys'])).found).toMatchObject([{ key: ID }, { key: ID }]);
  });
});

describe('against the vendor', () => {
  test('names a line that is gone, one that differs, and a day that is gone, and heals them', async () => {
    const desk = await exported();
    const before = await desk.rows(STREAM);
    const [, first = '', second = '', third = ''] = await objects(desk);
    await edit(desk, first, (lines) => lines.slice(1));
    await edit(desk, second, ([line = '', ...lines]) => [line.replace('}', ',"odd":1}'), ...lines]);
    const gone = gunzipSync(await readFile(join(desk.lake, third)))
      .toString()
      .trimEnd()
      .split('\n').length;
    await rm(join(desk.lake, third));

    const { status, found } = await verify(desk, SPAN);

    expect(status).toBe(1);
    const of = (object: string) => found.filter((one) => one.object === object).map(({ kind }) => kind);
    expect(of(first)).toEqual(['rows-gone', 'missing']);
    expect(of(second)).toEqual(['differs']);
    expect(of(third)).toEqual(['object-gone', ...Array.from({ length: gone }, () => 'missing')]);

    const repaired = await desk.run(['verify', '--now', now, '--repair', '--yes', ...SPAN]);

    expect(repaired.stdout).toContain(`convlake backfill --stream ${STREAM} --tenant tenant-alpha --from 2026-03-0`);
    expect((await desk.rows(STREAM)).toSorted()).toEqual(before.toSorted());
    expect(await verify(desk, SPAN)).toMatchObject({ status: 0, found: [] });
  });

  test('leaves the lake as it is', async () => {
    const desk = await exported();
    const [, first = ''] = await objects(desk);
    await edit(desk, first, (lines) => lines.slice(1));
    const bytes = await readFile(join(desk.lake, first));

    await verify(desk, SPAN);

    expect(await readFile(join(desk.lake, first))).toEqual(bytes);
  });
});

test.each([
  [['--offline', '--from', '2026-03-05', '--to', '2026-03-06'], '--offline'],
  [['--from', '2026-03-05'], '--to'],
  [['--yes'], '--yes'],
])('wrong usage: %j', async (args, named) => {
  const desk = await openDesk([STREAM], { rows: 10 });

  const { status, stderr } = await desk.run(['verify', ...args]);

  expect(status).toBe(2);
  expect(stderr).toContain(named);
});
