import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf, fileFailure } from './file-failure.ts';
import { openTemporary, temporaryFolder } from './temporary-folder.ts';

/**
 * Writes the pieces to a new file in `folder`, down to the disk, and resolves to its path. A failure leaves no file.
 * @throws ConvlakeError `lake-unavailable` for the file's errors; those of the pieces pass through untouched
 */
export async function writeTemporary(folder: string, pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const explained = <T>(step: Promise<T>) =>
    step.catch((cause: unknown) => {
      throw fileFailure(`write a file in ${folder}`, cause);
    });
  const { path, handle } = await explained(openTemporary(folder));
  try {
    let position = 0;
    for await (const piece of pieces) position += await explained(writeAll(handle, piece, position));
    await explained(handle.sync());
    await explained(handle.close());
    return path;
  } catch (error) {
    // The first cause counts: whatever goes wrong while tidying up says less.
    await handle.close().catch(() => {});
    await rm(path, { force: true }).catch(() => {});
    throw error;
  }
}

/** Writes all of the bytes (one call may write fewer, as it does on a disk about to be full) and resolves to their number. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
  return bytes.length;
}

/** Moves a written file to `path`, taking the place of what is there. Its folder is made when it is not there. */
export async function moveInto(temporary: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rename(temporary, path);
}

/**
 * Makes the name of a file durable: a rename or a new folder is so only when the folder that names it is (fsync(2), Notes).
 * All folders from the file's up to `root` are synced, for one that was there may be another writer's and not be on the disk
 * yet; those that are cost next to nothing.
 */
export async function syncFolders(path: string, root: string): Promise<void> {
  for (let folder = dirname(path); folder.length >= root.length; folder = dirname(folder)) {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } catch (error) {
      if (!['EINVAL', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error; // a file system that cannot sync folders
    } finally {
      await handle.close();
    }
    if (folder === dirname(folder)) break;
  }
}

/**
 * Writes a small file below `root` whole and durably, taking the place of what is there.
 * @throws ConvlakeError `lake-unavailable`
 */
export async function replaceSmallFile(root: string, path: string, bytes: Uint8Array): Promise<void> {
  await replaceFile(root, path, once(bytes));
}

/**
 * Writes the pieces to a file below `root` whole and durably, taking the place of what is there.
 * @throws ConvlakeError `lake-unavailable`; errors of the pieces pass through untouched
 */
export async function replaceFile(root: string, path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = await writeTemporary(temporaryFolder(root), pieces);
  try {
    await moveInto(temporary, path);
    await syncFolders(path, root);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw fileFailure(`write ${path}`, cause);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
