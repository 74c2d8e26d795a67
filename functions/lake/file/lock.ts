import { DatabaseSync } from 'node:sqlite';
import { ConvlakeError } from '../../engine/errors.ts';
import { fileFailure } from '../../files/file-failure.ts';

/** Waiting as the lock does it: passed in, so that tests need no time. */
export interface LockWaits {
  readonly sleep: (ms: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Mutual exclusion between processes on one file. */
export interface Lock {
  /**
   * Runs `work` while nobody else, in this process or another, holds the lock.
   * @throws ConvlakeError `lake-unavailable` when another process holds it for longer than 10 s
   */
  hold<T>(work: () => Promise<T>): Promise<T>;
  /** Waits for what is under way and gives the file back. */
  close(): Promise<void>;
}

const WAIT_LIMIT_MS = 10_000;
const SQLITE_BUSY = 5;
/** What to do about SQLite's own errors, by their primary code. */
const FIXES: Readonly<Record<number, string>> = {
  10: 'see to it that the disk is there and well, and that its file system has locks', // SQLITE_IOERR
  13: 'the disk is full: free some space there', // SQLITE_FULL: taking the lock begins a journal
};

/**
 * A lock that the operating system releases when its holder dies: the write transaction of an SQLite database that never
 * holds anything. The file must stay: two processes that lock two files of one name do not see each other.
 * Waiting is ours (SQLite's own busy timeout would block the event loop); a process that is frozen while holding it keeps it.
 */
export function openLock(path: string, waits: LockWaits): Lock {
  const database = openDatabase(path);
  let queue: Promise<unknown> = Promise.resolve();

  const holdNow = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let waitedMs = 0; !tryBegin(database, path); ) {
      if (waitedMs >= WAIT_LIMIT_MS) throw heldTooLong(path);
      const waitMs = 5 + 45 * waits.random();
      await waits.sleep(waitMs);
      waitedMs += waitMs;
    }
    try {
      return await work();
    } finally {
      database.exec('ROLLBACK');
    }
  };

  return {
    hold(work) {
      // Within the process a plain queue: one connection has one transaction, and the limit counts only other processes.
      const held = queue.then(() => holdNow(work));
      queue = held.catch(() => {});
      return held;
    },
    async close() {
      await queue;
      database.close();
    },
  };
}

function openDatabase(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (cause) {
    throw lockFails(path, cause);
  }
}

function tryBegin(database: DatabaseSync, path: string): boolean {
  try {
    database.exec('BEGIN IMMEDIATE');
    return true;
  } catch (cause) {
    if (sqliteCode(cause) === SQLITE_BUSY) return false;
    throw lockFails(path, cause);
  }
}

function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff; // the rest tells kinds of busy apart (sqlite.org/rescode.html)
}

function heldTooLong(path: string): ConvlakeError {
  return new ConvlakeError(
    'lake-unavailable',
    'retry',
    `another process has held ${path} for ${WAIT_LIMIT_MS / 1000} s; see which (\`fuser ${path}\`): a convlake that was stopped or hangs, or a backup that opened the file; end it, then run again`,
  );
}

function lockFails(path: string, cause: unknown): unknown {
  const code = sqliteCode(cause);
  if (code === undefined) return fileFailure(`lock ${path}`, cause);
  const toFix = FIXES[code] ?? 'let the user that runs convlake write there, on a file system with locks';
  return new ConvlakeError('lake-unavailable', 'retry', `cannot lock ${path}: ${toFix}, then run again`, { cause });
}
