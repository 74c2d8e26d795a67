import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { expect, test } from 'vitest';
import { gzipCodec } from '../../../functions/lake/gzip/gzip.ts';
import { testFolder } from '../../support/lake/file-lake.ts';

const programs = join(import.meta.dirname, 'readers');
const java = join(programs, 'Members.java');
const python = 'import gzip, shutil, sys; shutil.copyfileobj(gzip.open(sys.argv[1]), sys.stdout.buffer)';

/** Readers of a machine that may be there: what asks for their version, and what unpacks a file to standard output. */
const readers = [
  { name: 'gunzip', has: ['gunzip', '--version'], reads: ['gunzip', '-c'] },
  { name: 'zcat', has: ['zcat', '--version'], reads: ['zcat'] },
  { name: 'pigz', has: ['pigz', '--version'], reads: ['pigz', '-dc'] },
  { name: 'Python gzip', has: ['python3', '--version'], reads: ['python3', '-c', python] },
  { name: 'Go compress/gzip', has: ['go', 'version'], reads: ['go', 'run', join(programs, 'members.go')] },
  // One source file needs JDK 11 or newer, and the compiler: a JRE has none.
  { name: 'Java GZIPInputStream', has: ['javac', '--version'], reads: ['java', java, 'whole'] },
] as const;

/** An object of three members: its path and its lines. */
async function objectOfThree(): Promise<{ readonly path: string; readonly first: string; readonly lines: string }> {
  const path = join(await testFolder(), 'object.ndjson.gz');
  const { pack } = gzipCodec({ level: 6 });
  const parts = [1, 2, 3].map((part) =>
    Array.from({ length: 500 }, (_, n) => `{"ID":"${part}-${n}","noise":${Math.sin(n)}}\n`).join(''),
  );
  await writeFile(path, Buffer.concat(await Promise.all(parts.map((part) => pack(Buffer.from(part))))));
  return { path, first: parts[0] ?? '', lines: parts.join('') };
}

function run(command: readonly string[]): { readonly status: number | null; readonly stdout: string } {
  const [program = '', ...args] = command;
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return { status, stdout };
}

test.each(readers)('$name, where it is there, reads all members of an object', async ({ name, has, reads }) => {
  const { path, lines } = await objectOfThree();
  if (run(has).status !== 0) {
    console.info(`${name} is not on this machine: whether it reads several gzip members is not tried`);
    return;
  }

  const { status, stdout } = run([...reads, path]);

  expect(status).toBe(0);
  expect(stdout === lines).toBe(true);
});

test('Node reads all members of an object', async () => {
  const { path, lines } = await objectOfThree();

  expect((await promisify(gunzip)(await readFile(path))).toString() === lines).toBe(true);
});

test('what docs/delivery.md says of DecompressionStream holds: it gives the first member at most, and an error', async () => {
  const { path, first } = await objectOfThree();
  const unpacked = new Blob([await readFile(path)]).stream().pipeThrough(new DecompressionStream('gzip'));
  let text = '';

  const reading = (async () => {
    for await (const bytes of unpacked) text += Buffer.from(bytes).toString();
  })();

  await expect(reading).rejects.toThrow(TypeError);
  expect(first.startsWith(text)).toBe(true);
});

test('what docs/delivery.md says of Java over short reads holds: all members, or the first alone without an error', async () => {
  const { path, first, lines } = await objectOfThree();
  if (run(['javac', '--version']).status !== 0) {
    console.info('there is no JDK on this machine: GZIPInputStream over short reads is not tried');
    return;
  }

  const { status, stdout } = run(['java', java, 'short', path]);

  expect(status).toBe(0);
  expect([first, lines].includes(stdout)).toBe(true);
});
