import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { errnoOf } from './file-failure.ts';

const FOLDER = '.tmp';
const OWN_NAME = `${hostname()}-${process.pid}-${Math.round(performance.timeOrigin)}`;
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/** Where this process keeps unfinished files of the lake: `<lake>/.tmp/<host>-<pid>-<start>`. On the lake's own disk, so that a rename moves them. */
export function temporaryFolder(root: string): string {
  return join(root, FOLDER, OWN_NAME);
}

/** A new, empty file under a name nobody else uses. The folder is made when it is not there. */
export async function openTemporary(folder: string, mode = 0o666): Promise<{ path: string; handle: FileHandle }> {
  for (let triesLeft = 3; ; triesLeft--) {
    const path = join(folder, randomUUID());
    try {
      return { path, handle: await open(path, 'wx+', mode) };
    } catch (error) {
      // Another run of this process may remove the empty folder between our two calls, hence the tries.
      if (triesLeft === 0 || errnoOf(error) !== 'ENOENT') throw error;
      await mkdir(folder, { recursive: true });
    }
  }
}

/**
 * Removes what dead processes left in the lake's temporary folder: those of this host whose process is gone, and any that
 * nobody touched for a day (another host's, or a number that a new process got). What cannot be removed stays.
 */
export async function removeLeftovers(root: string, now: number): Promise<void> {
  const parent = join(root, FOLDER);
  for (const name of await readdir(parent).catch(() => [])) {
    const owner = /^(.+)-(\d+)-\d+$/.exec(name);
    if (!owner || name === OWN_NAME) continue;
    const folder = join(parent, name);
    const touchedAt = await stat(folder).then(
      (found) => found.mtimeMs,
      () => now,
    );
    const gone = owner[1] === hostname() && isGone(Number(owner[2]));
    if (gone || now - touchedAt > ABANDONED_AFTER_MS)
      await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only asks whether the process is there
    return false;
  } catch (error) {
    return errnoOf(error) === 'ESRCH';
  }
}
