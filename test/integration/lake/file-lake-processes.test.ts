import { mkdir, readdir, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openFileLake } from '../../../functions/lake/file/file-lake.ts';
import { exitCodeOf, otherProcess, pieces, says, testFolder, unpackedLines } from '../../support/lake/file-lake.ts';

const key = 'crescendo_vocconv/tenant=a/dt=2026-01-02/2026-01-02.ndjson.gz';
const provenance = { commitId: 'c', runId: 'r', rows: 1 };

async function linesAt(root: string): Promise<string[]> {
  const lake = await openFileLake(root);
  const tag = await lake.tagOf(key);
  const lines = tag === undefined ? [] : await unpackedLines(lake.read(key, tag));
  await lake.close();
  return lines.sort();
}

describe('processes on one lake', () => {
  test('that add to one object at once lose nothing', async () => {
    const root = await testFolder();

    const names = ['p', 'q', 'r'];
    const children = names.map((name) => otherProcess({ part: 'add lines', root, key, name, commits: 12 }));
    const codes = await Promise.all(children.map(exitCodeOf));

    expect(codes).toEqual([0, 0, 0]);
    expect(await linesAt(root)).toEqual(
      names.flatMap((name) => Array.from({ length: 12 }, (_, n) => `${name}-${n}`)).sort(),
    );
  });

  test.each([
    ['add a line when told', ['p-0', 'q-0']],
    ['add a line when told, without looking', ['q-0']], // the control: without comparison the first line is lost
  ])('that both read before either wrote, "%s", end with %j', async (part, lines) => {
    const root = await testFolder();
    const [p, q] = ['p', 'q'].map((name) => otherProcess({ part, root, key, name }));
    if (!p || !q) throw new Error('two processes');
    await Promise.all([says(p, 'read'), says(q, 'read')]);

    p.send('go on');
    await exitCodeOf(p);
    q.send('go on');
    await exitCodeOf(q);

    expect(await linesAt(root)).toEqual(lines);
  });

  test('are kept out by a holder of the lock that lives, for 10 s, and told so', async () => {
    const root = await testFolder();
    const holder = otherProcess({ part: 'never let go', root, key, name: 'h' });
    await says(holder, 'holding');
    let waitedMs = 0;
    const lake = await openFileLake(root, {
      random: () => 0.5,
      sleep: async (ms) => {
        waitedMs += ms;
      },
    });

    const failure = lake.replace(key, undefined, pieces(Buffer.from('x')), provenance);

    await expect(failure).rejects.toEqual(
      expect.objectContaining({ code: 'lake-unavailable', recovery: 'retry', message: expect.stringMatching(/fuser/) }),
    );
    expect(waitedMs).toBeGreaterThanOrEqual(10_000);
    expect(waitedMs).toBeLessThan(10_100);
    expect(await lake.tagOf(key)).toBeUndefined();
    expect(await readdir(join(root, '.tmp', (await readdir(join(root, '.tmp'))).at(-1) ?? ''))).toEqual([]);
  });

  test('get the lock as soon as its holder is killed', async () => {
    const root = await testFolder();
    const holder = otherProcess({ part: 'never let go', root, key, name: 'h' });
    await says(holder, 'holding');
    const lake = await openFileLake(root, {
      random: () => 0.5,
      sleep: async (ms) => {
        holder.kill('SIGKILL');
        await sleep(ms);
      },
    });

    const tag = await lake.replace(key, undefined, pieces(Buffer.from('x')), provenance);

    expect(await lake.tagOf(key)).toBe(tag);
  });
});

describe('leftovers', () => {
  test('of a process that was killed while it wrote go at the next opening; those of a live one stay', async () => {
    const root = await testFolder();
    const [dead, live] = ['d', 'l'].map((name) => otherProcess({ part: 'never finish writing', root, key, name }));
    if (!dead || !live) throw new Error('two processes');
    await Promise.all([says(dead, 'writing'), says(live, 'writing')]);
    dead.kill('SIGKILL');
    await exitCodeOf(dead);

    const lake = await openFileLake(root);

    const owners = await readdir(join(root, '.tmp'));
    expect(owners.filter((name) => name.includes(`-${dead.pid}-`))).toEqual([]);
    const [lives = ''] = owners.filter((name) => name.includes(`-${live.pid}-`));
    expect(await readdir(join(root, '.tmp', lives))).toHaveLength(1);
    expect(await lake.tagOf(key)).toBeUndefined();
  });

  test('that nobody can tell anything of go after a day', async () => {
    const root = await testFolder();
    const old = ['elsewhere-1-1', `${hostname()}-${process.ppid}-1`];
    const kept = ['elsewhere-2-1', 'not ours'];
    for (const name of [...old, ...kept]) await mkdir(join(root, '.tmp', name), { recursive: true });
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    for (const name of [...old, 'not ours']) await utimes(join(root, '.tmp', name), twoDaysAgo, twoDaysAgo);

    const lake = await openFileLake(root);
    await lake.close();

    expect((await readdir(join(root, '.tmp'))).sort()).toEqual(kept);
  });
});
