import { chown, mkdir, mkdtemp, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { userFolder } from '../../../functions/files/user-folder.ts';
import { openSpool } from '../../../functions/lake/spool/spool.ts';
import { testFolder } from '../../support/lake/file-lake.ts';

const bytes = (text: string) => Buffer.from(text);
const textOf = async (read: Promise<Uint8Array>) => Buffer.from(await read).toString();

describe('a spool', () => {
  test('gives back any range of what was appended, wherever it lies', async () => {
    const folder = await testFolder();
    const piece = fc.uint8Array({ maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(fc.array(piece), fc.nat(300), fc.boolean(), async (pieces, memoryLimitBytes, atOnce) => {
        const spool = openSpool({ folder, memoryLimitBytes });
        const offsets: number[] = [];
        if (atOnce) offsets.push(...(await Promise.all(pieces.map((each) => spool.append(each)))));
        else for (const each of pieces) offsets.push(await spool.append(each));

        const all = Buffer.concat(pieces);
        let offset = 0;
        for (const [n, each] of pieces.entries()) {
          expect(offsets[n]).toBe(offset);
          expect(Buffer.from(await spool.read(offset, each.length))).toEqual(Buffer.from(each));
          offset += each.length;
        }
        expect(Buffer.from(await spool.read(0, all.length))).toEqual(all);
        expect(Buffer.from(await spool.read(all.length >> 1, all.length >> 2))).toEqual(
          all.subarray(all.length >> 1, (all.length >> 1) + (all.length >> 2)),
        );
        await spool.close();
      }),
      { numRuns: 60 },
    );
  });

  test('keeps the first bytes in memory and the rest on disk, in a file that nobody can find', async () => {
    const folder = await testFolder();
    const spool = openSpool({ folder, memoryLimitBytes: 10_000 });

    await spool.append(Buffer.alloc(9000));
    const inMemory = [spool.memoryBytes, spool.diskBytes];
    await spool.append(Buffer.alloc(9000));
    await spool.append(Buffer.alloc(500)); // behind bytes on disk, so on disk, although there is room

    expect(inMemory).toEqual([10_000, 0]);
    expect([spool.memoryBytes, spool.diskBytes]).toEqual([10_000, 9500]);
    expect(await readdir(folder)).toEqual([]);
    await spool.close();
  });

  test('reads what is being written', async () => {
    const spool = openSpool({ folder: await testFolder(), memoryLimitBytes: 0 });

    const appending = [spool.append(bytes('one')), spool.append(bytes('two'))];

    expect(await textOf(spool.read(3, 3))).toBe('two');
    expect(await Promise.all(appending)).toEqual([0, 3]);
    await spool.close();
  });

  test('begins at 0 again once cleared, and views read before stay as they were', async () => {
    const spool = openSpool({ folder: await testFolder(), memoryLimitBytes: 4 });
    await spool.append(bytes('one'));
    await spool.append(bytes('two'));
    const before = await spool.read(0, 3);

    await spool.clear();
    const offsets = [await spool.append(bytes('six')), await spool.append(bytes('ten'))];

    expect(offsets).toEqual([0, 3]);
    expect(Buffer.from(before).toString()).toBe('one');
    expect(await textOf(spool.read(0, 6))).toBe('sixten');
    await spool.close();
  });

  test('keeps what is appended while it is being cleared', async () => {
    const spool = openSpool({ folder: await testFolder(), memoryLimitBytes: 0 });
    const old = spool.append(bytes('old'));

    const clearing = spool.clear();
    const offset = await spool.append(bytes('new'));
    await Promise.all([old, clearing]);

    expect(offset).toBe(0);
    expect(await textOf(spool.read(0, 3))).toBe('new');
    await spool.close();
  });

  test('uses no more than one file and gives it back', async () => {
    const folder = await testFolder();
    const open = async () => (await readdir('/dev/fd')).length;
    const spool = openSpool({ folder, memoryLimitBytes: 0 });
    const before = await open();

    await Promise.all(Array.from({ length: 50 }, () => spool.append(bytes('x'))));
    const during = await open();
    await spool.close();

    expect(during).toBe(before + 1);
    expect(await open()).toBe(before);
  });
});

describe('the folder of a user', () => {
  test("has the user in its name, since the temporary folder is everybody's", () => {
    expect(userFolder()).toBe(join(tmpdir(), `convlake-${process.getuid?.()}`));
  });

  test('is made for the user alone', async () => {
    const folder = join(await testFolder(), 'own');
    const spool = openSpool({ folder, ownFolder: true, memoryLimitBytes: 0 });

    await spool.append(bytes('one'));

    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await spool.close();
  });

  test('is refused when another user made it, and so is a link to a folder', async () => {
    const parent = await testFolder();
    const [link, theirs] = [join(parent, 'link'), join(parent, 'theirs')];
    await symlink(parent, link);
    await mkdir(theirs);
    const canGive = process.getuid?.() === 0;
    if (canGive) await chown(theirs, 65_534, 65_534);
    else console.info("only root can give a folder away: that another user's folder is refused is not tried");

    for (const folder of canGive ? [link, theirs] : [link]) {
      const spool = openSpool({ folder, ownFolder: true, memoryLimitBytes: 0 });
      const refused = expect.objectContaining({
        code: 'lake-unavailable',
        recovery: 'stop-stream',
        message: expect.stringContaining(folder),
      });
      await expect(spool.append(bytes('one'))).rejects.toEqual(refused);
      await spool.close();
    }
  });
});

describe('a spool without a place', () => {
  test('fails with the folder and the mend, refuses more, and works again once cleared and mended', async () => {
    const parent = await testFolder();
    const folder = join(parent, 'file');
    await writeFile(folder, '');
    const spool = openSpool({ folder, memoryLimitBytes: 3 });
    await spool.append(bytes('one'));

    const failing = [spool.append(bytes('two')), spool.append(bytes('six'))];

    const unavailable = expect.objectContaining({
      code: 'lake-unavailable',
      recovery: 'retry',
      message: expect.stringContaining(`in ${folder} (ENOTDIR): something in this path is not a folder`),
    });
    for (const each of failing) await expect(each).rejects.toEqual(unavailable);
    await expect(spool.append(bytes('ten'))).rejects.toEqual(unavailable);
    expect(await textOf(spool.read(0, 3))).toBe('one');
    await spool.clear();
    expect(await spool.append(bytes('one'))).toBe(0);
    await spool.close();
  });

  test('fails to read what was never appended', async () => {
    const spool = openSpool({ folder: await mkdtemp(join(await testFolder(), 'spool-')) });
    await spool.append(bytes('one'));

    await expect(spool.read(1, 3)).rejects.toThrow(RangeError);
    await expect(spool.read(-1, 1)).rejects.toThrow(RangeError);
    await spool.close();
  });
});
