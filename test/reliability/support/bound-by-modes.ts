import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAM } from './lane.ts';

/** A way to run a program so that the modes of files and folders bind it, as they bind every user but root. */
export interface BoundByModes {
  /** What goes before the command. */
  readonly through: readonly string[];
  /** Who it runs as: what it is to write must be theirs. */
  readonly user: number;
}

const NOBODY = 65_534;
const self = process.getuid?.() ?? NOBODY;

const ways: readonly BoundByModes[] = [
  { through: [], user: self },
  // Root without what lets it pass by modes still enters its own folders, so that a clone below root's home (0700) is reached.
  { through: ['setpriv', '--bounding-set=-dac_override,-dac_read_search'], user: self },
  // For where the bounding set may not be changed; it needs a clone that others may enter.
  { through: ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'], user: NOBODY },
];

/** The first way that works here; undefined where there is none. */
export function findBoundByModes(): BoundByModes | undefined {
  return ways.find(works);
}

/** True where the program itself starts (its folder may be closed to the user), and a folder's modes are obeyed. */
function works({ through, user }: BoundByModes): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'convlake-modes-'));
  try {
    const closed = join(folder, 'closed');
    writeFileSync(closed, '', { mode: 0o000 });
    if (user !== self) for (const path of [folder, closed]) chownSync(path, user, user);
    const status = (...command: readonly string[]) => {
      const [first = '', ...rest] = [...through, ...command];
      return spawnSync(first, rest, { stdio: 'ignore' }).status;
    };
    // `cat` ends with 1 for what it may not read; a command that is not there has no status.
    return status(process.execPath, PROGRAM, '--help') === 0 && status('cat', closed) === 1;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
