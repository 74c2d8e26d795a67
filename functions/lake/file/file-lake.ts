import { constants } from 'node:fs';
import { mkdir, open, readdir, realpath, rm, rmdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConvlakeError } from '../../engine/errors.ts';
import type { Lake, ListedObject, Tag } from '../../engine/ports.ts';
import { errnoOf, fileFailure } from '../../files/file-failure.ts';
import { fileTag, objectFacts, objectPath } from '../../files/object-path.ts';
import { removeLeftovers, temporaryFolder } from '../../files/temporary-folder.ts';
import { moveInto, replaceFile, replaceSmallFile, syncFolders, writeTemporary } from '../../files/whole-file.ts';
import { openSpool } from '../spool/spool.ts';
import { type Lock, type LockWaits, openLock } from './lock.ts';

const READ_BYTES = 256 * 1024;

/** A lake in a folder, and the way to leave it. */
export interface FileLake extends Lake {
  close(): Promise<void>;
}

/** What those do who only look at a lake. */
export interface LookedAt extends Pick<Lake, 'list' | 'read'> {
  /** The names of the folders in a folder, whose own name ends with a slash, in no order; none for a folder that is not there. */
  folders(folder: string): Promise<readonly string[]>;
}

/**
 * Opens a lake in a folder, which is made when it is not there. Any number of processes may use one folder: an object is
 * replaced by a rename, and between "is it still the one that was taken?" and the rename they keep each other out.
 * Provenance is not kept: a file has no place for it.
 * @throws ConvlakeError `lake-unavailable` when the folder cannot be used
 */
export async function openFileLake(
  folder: string,
  waits: LockWaits = { sleep, random: Math.random },
): Promise<FileLake> {
  const opened = await prepare(folder, waits).catch((cause: unknown) => {
    throw fileFailure(`open the lake in ${folder}`, cause);
  });
  const { root, temporary, lock } = opened;

  return {
    tagOf: (key) => presentTag(root, key),
    read: (key, tag) => readObject(root, key, tag),
    replace: (key, expected, pieces) => replaceObject(opened, { key, expected, pieces }),
    async put(key, bytes) {
      const path = await objectPath(root, key);
      await replaceSmallFile(root, path, bytes);
    },
    putWhole: async (key, pieces) => replaceFile(root, await objectPath(root, key), pieces),
    list: (folder) => listFolder(root, folder),
    remove: (key, tag) => removeObject(opened, key, tag),
    openSpool: () => openSpool({ folder: temporary }),
    async close() {
      await lock.close();
      await rmdir(temporary).catch(() => {}); // not there, or still in use by another lake of this process
    },
  };
}

/**
 * A lake in a folder for those who only look at it: nothing is made, and nothing is removed.
 * @throws ConvlakeError `lake-unavailable` when the folder cannot be read
 */
export async function lookAtFileLake(folder: string): Promise<LookedAt> {
  const root = await realpath(folder).catch((cause: unknown) => {
    throw fileFailure(`look at the lake in ${folder}`, cause);
  });
  return {
    read: (key, tag) => readObject(root, key, tag),
    list: (folder) => listFolder(root, folder),
    folders: (folder) => foldersIn(root, folder),
  };
}

interface OpenFolder {
  readonly root: string;
  readonly temporary: string;
  readonly lock: Lock;
}

async function prepare(folder: string, waits: LockWaits): Promise<OpenFolder> {
  await mkdir(join(folder, '.checkpoints'), { recursive: true });
  const root = await realpath(folder);
  await removeLeftovers(root, Date.now());
  const temporary = temporaryFolder(root);
  await mkdir(temporary, { recursive: true });
  return { root, temporary, lock: openLock(join(root, '.checkpoints', 'lock.db'), waits) };
}

async function presentTag(root: string, key: string): Promise<Tag | undefined> {
  const facts = await objectFacts(await objectPath(root, key), key);
  return facts && fileTag(facts);
}

async function* readObject(root: string, key: string, tag: Tag): AsyncGenerator<Uint8Array> {
  const path = await objectPath(root, key);
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const facts = await handle.stat({ bigint: true });
      if (fileTag(facts) !== tag) throw changed(key);
      let read = 0;
      for (;;) {
        const piece = Buffer.allocUnsafeSlow(READ_BYTES); // a new one each time: the reader may keep it
        const { bytesRead } = await handle.read(piece, 0, READ_BYTES, read);
        if (bytesRead === 0) break;
        read += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
      // Our own commits never touch a file in place; something else may have, while it was read.
      const after = await handle.stat({ bigint: true });
      if (BigInt(read) !== facts.size || after.mtimeNs !== facts.mtimeNs) throw changed(key);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw errnoOf(cause) === 'ENOENT' ? changed(key) : fileFailure(`read ${path}`, cause);
  }
}

async function* listFolder(root: string, folder: string): AsyncGenerator<ListedObject> {
  const path = await objectPath(root, folder);
  for (const { name } of await entriesOf(path)) {
    const facts = await objectFacts(join(path, name), `${folder}${name}`);
    if (facts) yield { key: `${folder}${name}`, tag: fileTag(facts), modifiedAt: Number(facts.mtimeMs) };
  }
}

async function foldersIn(root: string, folder: string): Promise<readonly string[]> {
  const entries = await entriesOf(await objectPath(root, folder));
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function entriesOf(path: string) {
  return readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
    if (errnoOf(cause) === 'ENOENT') return [];
    throw fileFailure(`list ${path}`, cause);
  });
}

async function removeObject({ root, lock }: OpenFolder, key: string, tag: Tag): Promise<void> {
  const path = await objectPath(root, key);
  await lock.hold(async () => {
    const present = await objectFacts(path, key);
    if (!present || fileTag(present) !== tag) return;
    await rm(path, { force: true }).catch((cause: unknown) => {
      throw fileFailure(`remove ${path}`, cause);
    });
  });
}

interface Replacement {
  readonly key: string;
  readonly expected: Tag | undefined;
  readonly pieces: AsyncIterable<Uint8Array>;
}

async function replaceObject(
  { root, temporary, lock }: OpenFolder,
  { key, expected, pieces }: Replacement,
): Promise<Tag> {
  const path = await objectPath(root, key);
  const written = await writeTemporary(temporary, pieces);
  try {
    const tag = await lock.hold(async () => {
      const present = await objectFacts(path, key);
      if ((present && fileTag(present)) !== expected) throw changed(key);
      if (present) await makeYounger(written, present.mtimeNs);
      await moveInto(written, path);
      return presentTag(root, key);
    });
    if (tag === undefined) throw changed(key); // something removed it, against the rules, as soon as it was there
    await syncFolders(path, root);
    return tag;
  } catch (cause) {
    await rm(written, { force: true }).catch(() => {}); // the first cause counts
    throw fileFailure(`replace ${path}`, cause);
  }
}

/**
 * Gives the file a later time than the object it is to replace. File systems count time in ticks (4 ms on Linux) and use a
 * number of a removed file again, so without this the second commit after a tag was taken could bear the same tag.
 */
async function makeYounger(written: string, olderNs: bigint): Promise<void> {
  const facts = await objectFacts(written, written);
  if (!facts || facts.mtimeNs > olderNs) return;
  const seconds = (Number(olderNs / 1_000_000n) + 2) / 1000;
  await utimes(written, seconds, seconds);
}

function changed(key: string): ConvlakeError {
  return new ConvlakeError(
    'object-changed',
    'retry',
    `${key} is not the object whose tag was taken; take its tag again`,
  );
}
