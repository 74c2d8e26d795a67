import { readdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFileLake } from '../../../functions/lake/file/file-lake.ts';
import { pieces, testFolder } from '../../support/lake/file-lake.ts';

const key = 'crescendo_vocconv/tenant=a/dt=2026-01-02/2026-01-02.ndjson.gz';
const provenance = { commitId: 'c', runId: 'r', rows: 1 };
const changed = expect.objectContaining({ code: 'object-changed', recovery: 'retry' });
const unavailable = expect.objectContaining({ code: 'lake-unavailable', recovery: 'retry' });
const one = Buffer.from('one');
const two = Buffer.from('two');

async function emptyLake() {
  const root = await testFolder();
  return { root, path: join(root, key), lake: await openFileLake(root) };
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
}

describe('an object', () => {
  test('that was replaced has another tag, even if its bytes are the same', async () => {
    const { lake } = await emptyLake();
    const tags = new Set<string | undefined>([undefined]);

    for (let n = 1; n <= 50; n++) {
      tags.add(await lake.replace(key, [...tags].at(-1), pieces(one), provenance));
      expect(tags.size).toBe(n + 1);
    }
  });

  test('gets a later time than the one it replaces, whatever the clock says', async () => {
    const { lake, path } = await emptyLake();
    await lake.replace(key, undefined, pieces(one), provenance);
    const future = new Date('2099-01-01T00:00:00Z');
    await utimes(path, future, future);

    const tag = await lake.replace(key, await lake.tagOf(key), pieces(two), provenance);

    const [, , modifiedNs = ''] = tag.split('-');
    expect(Number.parseInt(modifiedNs, 36) / 1e6).toBeGreaterThan(future.getTime());
  });

  test('that somebody cuts in place while it is read counts as changed', async () => {
    const { lake, path } = await emptyLake();
    const tag = await lake.replace(key, undefined, pieces(Buffer.alloc(3_000_000, 1)), provenance);

    const reading = (async () => {
      for await (const _ of lake.read(key, tag)) await truncate(path, 1000);
    })();

    await expect(reading).rejects.toEqual(changed);
  });

  test('is seen whole at any moment', async () => {
    const { lake, path } = await emptyLake();
    let tag = await lake.replace(key, undefined, pieces(Buffer.alloc(400_000, 0)), provenance);
    let writing = true;
    const seen = new Set<number | undefined>();
    const reading = (async () => {
      while (writing) {
        const bytes = await readFile(path);
        expect(bytes.length).toBe(400_000);
        expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
        seen.add(bytes[0]);
      }
    })();

    for (let fill = 1; fill <= 40; fill++) {
      tag = await lake.replace(key, tag, pieces(Buffer.alloc(200_000, fill), Buffer.alloc(200_000, fill)), provenance);
    }
    writing = false;
    await reading;

    expect(seen.size).toBeGreaterThan(1);
  });
});

describe('a replacement that fails', () => {
  test('in its source does not make the object', async () => {
    const { lake, root } = await emptyLake();
    // biome-ignore lint/correctness/useYield: it fails before its first piece
    async function* breaking(): AsyncGenerator<Uint8Array> {
      throw new Error('vendor gone');
    }

    await expect(lake.replace(key, undefined, breaking(), provenance)).rejects.toThrow('vendor gone');

    expect(await lake.tagOf(key)).toBeUndefined();
    expect(await filesBelow(join(root, '.tmp'))).toEqual([]);
  });

  test('in comparing leaves no file behind', async () => {
    const { lake, root } = await emptyLake();

    await expect(lake.replace(key, 'x', pieces(one), provenance)).rejects.toEqual(changed);

    expect(await filesBelow(join(root, '.tmp'))).toEqual([]);
    expect(await filesBelow(root)).toEqual(['lock.db']);
  });

  test('because a file stands where a folder belongs says so', async () => {
    const { lake, root } = await emptyLake();
    await writeFile(join(root, 'crescendo_vocconv'), '');

    const failure = lake.replace(key, undefined, pieces(one), provenance);

    await expect(failure).rejects.toEqual(unavailable);
    await expect(failure).rejects.toThrow(/\(ENOTDIR\): something in this path is not a folder/);
    expect(await filesBelow(join(root, '.tmp'))).toEqual([]);
  });
});

describe('one lake in one process', () => {
  test('twice on one folder excludes itself too', async () => {
    const { lake, root } = await emptyLake();
    const second = await openFileLake(root);

    const tries = [lake, second, lake, second].map((each) => each.replace(key, undefined, pieces(one), provenance));
    const outcomes = await Promise.allSettled(tries);
    await second.close();

    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    expect(await lake.replace(key, await lake.tagOf(key), pieces(two), provenance)).toBeDefined();
  });

  test('leaves nothing but objects and its lock when it is closed', async () => {
    const { lake, root } = await emptyLake();
    await lake.replace(key, undefined, pieces(one), provenance);

    await lake.close();

    expect((await readdir(root)).sort()).toEqual(['.checkpoints', '.tmp', 'crescendo_vocconv']);
    expect(await readdir(join(root, '.tmp'))).toEqual([]);
  });
});
