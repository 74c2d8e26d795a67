import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFileLake } from '../../../functions/lake/file/file-lake.ts';
import { bytesOf, pieces, testFolder } from '../../support/lake/file-lake.ts';

const key = 'crescendo_vocconv/tenant=a/dt=2026-01-02/2026-01-02.ndjson.gz';
const provenance = { commitId: 'c', runId: 'r', rows: 1 };
const unavailable = expect.objectContaining({ code: 'lake-unavailable', recovery: 'retry' });
const noObject = expect.objectContaining({ code: 'object-corrupt', recovery: 'stop-stream' });
const one = Buffer.from('one');
const two = Buffer.from('two');

async function emptyLake() {
  const root = await testFolder();
  return { root, path: join(root, key), lake: await openFileLake(root) };
}

describe('what is no object', () => {
  test.each(['../elsewhere.gz', 'a/../../elsewhere.gz', '/etc/passwd', '.', '', '.checkpoints/lock.db', 'a/../.tmp/x'])(
    'fails for the key %j',
    async (strange) => {
      const { lake } = await emptyLake();

      await expect(lake.tagOf(strange)).rejects.toEqual(noObject);
      await expect(lake.replace(strange, undefined, pieces(one), provenance)).rejects.toEqual(noObject);
      await expect(lake.put(strange, one)).rejects.toEqual(noObject);
      await expect(bytesOf(lake.read(strange, 'x'))).rejects.toEqual(noObject);
    },
  );

  test('fails for a folder that links out of the lake', async () => {
    const { lake, root } = await emptyLake();
    const outside = await testFolder();
    await symlink(outside, join(root, 'crescendo_vocconv'));

    await expect(lake.tagOf(key)).rejects.toEqual(noObject);
    await expect(lake.replace(key, undefined, pieces(one), provenance)).rejects.toEqual(noObject);
    expect(await readdir(outside)).toEqual([]);
  });

  test('fails for an object that is a link or a folder', async () => {
    const { lake, root, path } = await emptyLake();
    await mkdir(dirname(path), { recursive: true });
    await symlink(join(root, 'nowhere'), path);
    await expect(lake.tagOf(key)).rejects.toEqual(noObject);
    await rm(path);
    await mkdir(path);

    await expect(lake.tagOf(key)).rejects.toEqual(noObject);
    await expect(lake.replace(key, undefined, pieces(one), provenance)).rejects.toEqual(noObject);
  });

  test('a lake that is itself reached by a link is fine', async () => {
    const { root } = await emptyLake();
    const link = join(await testFolder(), 'link');
    await symlink(root, link);
    const lake = await openFileLake(link);

    await lake.replace(key, undefined, pieces(one), provenance);

    expect(await readFile(join(root, key))).toEqual(one);
  });
});

describe('only certain absence is absence', () => {
  test('fails where a file stands in the place of a folder', async () => {
    const { lake, root } = await emptyLake();
    await writeFile(join(root, 'crescendo_vocconv'), '');

    await expect(lake.tagOf(key)).rejects.toEqual(unavailable);
  });

  test('fails to open a lake where a file is', async () => {
    const file = join(await testFolder(), 'lake');
    await writeFile(file, '');

    await expect(openFileLake(file)).rejects.toEqual(unavailable);
  });

  test('an object moved aside is absent, as its message tells people to do', async () => {
    const { lake, path } = await emptyLake();
    await lake.replace(key, undefined, pieces(one), provenance);

    await rename(path, `${path}.aside`);

    expect(await lake.tagOf(key)).toBeUndefined();
    expect(await lake.replace(key, undefined, pieces(two), provenance)).toBe(await lake.tagOf(key));
  });
});
