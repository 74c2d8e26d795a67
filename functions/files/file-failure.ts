import { ConvlakeError } from '../engine/errors.ts';

const FIXES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder: see whether the path is right',
  ENOSPC: 'the disk is full: free some space there',
  EDQUOT: 'the quota is used up: free some space there',
  EFBIG: 'a file may not grow so large here: raise the limit (`ulimit -f`)',
  EACCES: 'let the user that runs convlake read and write there',
  EPERM: 'let the user that runs convlake read and write there',
  EROFS: 'it is mounted read-only: mount it writable or choose another folder',
  EMFILE: 'too many files are open: raise the limit (`ulimit -n`) or lower the concurrency',
  ENFILE: 'too many files are open on this machine',
  ENAMETOOLONG: 'the name is too long for this file system: choose a shorter tenant or folder',
  ENOTDIR: 'something in this path is not a folder: move it aside or choose another one',
};

/**
 * The error for a file or folder that does not do what it should. Errors of ours pass through untouched.
 * @param what what was tried, as in "cannot ...", with its place
 */
export function fileFailure(what: string, cause: unknown): unknown {
  if (cause instanceof ConvlakeError) return cause;
  const code = errnoOf(cause);
  if (code === undefined) return cause; // not from the operating system: a bug or a surprise
  const toFix = FIXES[code] ?? 'see to it that the disk is there and well';
  return new ConvlakeError('lake-unavailable', 'retry', `cannot ${what} (${code}): ${toFix}, then run again`, {
    cause,
  });
}

/** The code of an error of the operating system (`ENOENT`), undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}
