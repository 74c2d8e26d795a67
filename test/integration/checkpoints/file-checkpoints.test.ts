import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileCheckpoints } from '../../../functions/checkpoints/file-checkpoints.ts';
import type { Checkpoint } from '../../../functions/engine/checkpoint.ts';
import { openFileLake } from '../../../functions/lake/file/file-lake.ts';
import { testFolder } from '../../support/lake/file-lake.ts';

const live = { source: 'crescendo', stream: 'crescendo.vocconv', tenant: 'a' } as const;
const backfill = { from: Date.UTC(2025, 0, 1), to: Date.UTC(2025, 1, 1) };
const liveFile = '.checkpoints/crescendo/vocconv/a.json';

function checkpointAt(watermark: number): Checkpoint {
  return { epoch: 1, watermark, start: 0, lake: './lake', updatedAt: watermark, run: 'run-1' };
}

const unreadable = (message: RegExp) =>
  expect.objectContaining({
    code: 'checkpoint-unreadable',
    recovery: 'stop-stream',
    message: expect.stringMatching(message),
  });

describe('checkpoints in a folder', () => {
  test('of streams, tenants and backfills are apart', async () => {
    const root = await testFolder();
    const owners = [
      live,
      { ...live, tenant: 'b' },
      { ...live, stream: 'crescendo.botconv' as const },
      { ...live, backfill },
      { ...live, backfill: { ...backfill, to: backfill.to + 1000 } },
      { ...live, tenant: 'a.backfill-20250101T000000Z-20250201T000000Z' },
    ];

    for (const [n, owner] of owners.entries()) await fileCheckpoints(root, owner).write(checkpointAt(n));

    for (const [n, owner] of owners.entries()) expect((await fileCheckpoints(root, owner).read())?.watermark).toBe(n);
    expect((await readdir(join(root, '.checkpoints/crescendo/vocconv'))).sort()).toEqual([
      'a.backfill-20250101T000000Z-20250201T000000Z.json',
      'a.json',
      'a~backfill-20250101T000000Z-20250201T000000Z.json',
      'a~backfill-20250101T000000Z-20250201T000001Z.json',
      'b.json',
    ]);
  });

  test('are seen whole at any moment', async () => {
    const root = await testFolder();
    const checkpoints = fileCheckpoints(root, live);
    await checkpoints.write(checkpointAt(0));
    let writing = true;
    const reading = (async () => {
      while (writing) expect(await checkpoints.read()).toBeDefined();
    })();

    for (let n = 1; n <= 50; n++) await checkpoints.write(checkpointAt(n));
    writing = false;

    await reading;
    expect(await checkpoints.read()).toEqual(checkpointAt(50));
  });

  test('live beside the lake and leave nothing unfinished', async () => {
    const root = await testFolder();
    const lake = await openFileLake(root);

    await fileCheckpoints(root, live).write(checkpointAt(1));
    await lake.close();

    expect(await readdir(join(root, '.tmp'))).toEqual([]);
    expect(await readFile(join(root, liveFile), 'utf8')).toMatch(/^\{"v":2,"of":.*\}\n$/);
  });
});

describe('a checkpoint that cannot be read is not "none"', () => {
  test.each([
    ['', /crescendo\/vocconv\/a\.json: it is not JSON/],
    ['{"v":1,"epo', /it is not JSON/],
    ['{"v":1}', /epoch is not/],
    ['{"v":3}', /upgrade/],
    ['\0\0\0\0', /it is not JSON/],
  ])('fails for %j', async (content, message) => {
    const root = await testFolder();
    await mkdir(dirname(join(root, liveFile)), { recursive: true });
    await writeFile(join(root, liveFile), content);

    await expect(fileCheckpoints(root, live).read()).rejects.toEqual(unreadable(message));
  });

  test('fails for a folder in its place', async () => {
    const root = await testFolder();
    await mkdir(join(root, liveFile), { recursive: true });

    await expect(fileCheckpoints(root, live).read()).rejects.toEqual(unreadable(/a\.json \(EISDIR\)/));
  });

  test('fails for a file in the place of its folder', async () => {
    const root = await testFolder();
    await writeFile(join(root, '.checkpoints'), '');
    const checkpoints = fileCheckpoints(root, live);

    await expect(checkpoints.read()).rejects.toEqual(unreadable(/\(ENOTDIR\)/));
    const unavailable = expect.objectContaining({ code: 'lake-unavailable', recovery: 'retry' });
    await expect(checkpoints.write(checkpointAt(1))).rejects.toEqual(unavailable);
    await expect(checkpoints.remove()).rejects.toEqual(unavailable);
  });

  test('fails for a tenant that leads elsewhere', () => {
    expect(() => fileCheckpoints('/tmp/lake', { ...live, tenant: '../../etc/x' })).toThrow(RangeError);
  });
});
