import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConvlakeError } from '../engine/errors.ts';

/**
 * Where the programs of this user keep temporary files that belong to no lake on this machine. The name has the user's number:
 * the system's temporary folder is everybody's, and of one name for all the second user could not write into the first one's.
 * Not `os.userInfo()`, which throws in a container whose user has no entry in /etc/passwd. Windows has no numbers, and a
 * temporary folder for each user.
 */
export function userFolder(): string {
  const user = process.getuid?.();
  return join(tmpdir(), user === undefined ? 'convlake' : `convlake-${user}`);
}

/**
 * Makes the folder, for this user alone, when it is not there.
 * @throws ConvlakeError `lake-unavailable` for one that another user made, and for a link: whoever owns the folder can put other files there
 */
export async function makeOwnFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  if (found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid)) return;
  const whose = found.isDirectory() ? `belongs to another user (${found.uid})` : 'is a link';
  throw new ConvlakeError(
    'lake-unavailable',
    'stop-stream',
    `${folder}, for rows that wait for their commit, ${whose}: remove it, or set TMPDIR to a folder of your own, then run again`,
  );
}
