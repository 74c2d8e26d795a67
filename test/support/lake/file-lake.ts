import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { gzipCodec } from '../../../functions/lake/gzip/gzip.ts';

/** A folder of its own for a test, gone afterwards. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'convlake-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What another process on the lake is to do; see file-lake-process.ts. */
export interface Part {
  readonly part: string;
  readonly root: string;
  readonly key: string;
  readonly name: string;
  readonly commits?: number;
}

/** Starts another process on a lake; it ends with the test at the latest. */
export function otherProcess({ part, root, key, name, commits = 1 }: Part): ChildProcess {
  const script = join(import.meta.dirname, 'file-lake-process.ts');
  const child = fork(script, [part, root, key, name, String(commits)], { execArgv: [], stdio: 'inherit' });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** Resolves when the process says the word. */
export async function says(child: ChildProcess, word: string): Promise<void> {
  const [said] = await once(child, 'message');
  if (said !== word) throw new Error(`said ${said} instead of ${word}`);
}

/** Resolves when the process has ended, with its exit code. */
export async function exitCodeOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

/** Pieces as they are, one after the other. */
export async function* pieces(...all: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* all;
}

/** All bytes of a stream. */
export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of stream) all.push(piece);
  return Buffer.concat(all);
}

/** The lines of an object's bytes. */
export async function unpackedLines(stream: AsyncIterable<Uint8Array>): Promise<string[]> {
  const all: Uint8Array[] = [];
  for await (const member of gzipCodec({ level: 1 }).readMembers(stream, 'object')) all.push(member.lines);
  return Buffer.concat(all).toString().split('\n').slice(0, -1);
}
