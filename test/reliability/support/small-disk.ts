import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && echo mounted && cat';
const OWN_NAMESPACES = ['--user', '--map-root-user', '--mount'];

/** True where a process may have a file system of its own, root or not. */
export const hasOwnMounts =
  spawnSync('unshare', [...OWN_NAMESPACES, 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp']).status === 0;

/** A small disk that only processes started `through` it see. */
export interface SmallDisk {
  /** What goes before a command that is to see the disk. */
  readonly through: readonly string[];
  /** Where this process finds a path of the disk. */
  seen(path: string): string;
  /** Fills the disk but for so many bytes. */
  fill(leaving: number): Promise<void>;
  empty(): Promise<void>;
  /** How many bytes of it are in use. */
  used(): Promise<number>;
}

/** Mounts a disk of so many bytes at `path` for the length of the test. */
export async function mountSmallDisk(path: string, bytes: number): Promise<SmallDisk> {
  const holder = spawn('unshare', [...OWN_NAMESPACES, 'sh', '-c', MOUNT, 'sh', String(bytes), path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => stop(holder));
  await once(holder.stdout, 'data');
  const seen = (inside: string) => `/proc/${holder.pid}/root${inside}`;
  // Beside what runs keep there, and named so that nobody takes it for a table.
  const ballast = join(seen(path), '.ballast');
  const free = async () => {
    const { bavail, bsize } = await statfs(seen(path));
    return bavail * bsize;
  };
  return {
    through: ['nsenter', '--target', String(holder.pid), '--user', '--mount', '--preserve-credentials'],
    seen,
    async fill(leaving) {
      await rm(ballast, { force: true });
      await writeFile(ballast, Buffer.alloc(Math.max(0, (await free()) - leaving)));
    },
    empty: () => rm(ballast),
    used: async () => bytes - (await free()),
  };
}

async function stop(holder: ChildProcess): Promise<void> {
  const closed = once(holder, 'close');
  holder.stdin?.end();
  if (holder.exitCode === null) await closed;
}
