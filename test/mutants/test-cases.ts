import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MUTANT, type Mutant, root } from './mutants.ts';

/** What Vitest's reporter `json` writes, as far as it is read here. */
interface Report {
  readonly testResults: readonly {
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** A test case that failed. */
export interface FailedCase {
  readonly name: string;
  readonly message: string;
}

/**
 * Runs the test cases of a file whose full names hold `name`, with a mutant or with none; the first that failed.
 * @throws Error where none was run, so that a case cannot be renamed in silence
 */
export async function runCases(
  { file, name }: NonNullable<Mutant['test']>,
  mutant: string | undefined,
): Promise<FailedCase | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'convlake-mutants-'));
  const outputFile = join(folder, 'report.json');
  try {
    const words = await vitest([file, ...pattern(name), '--reporter', 'json', '--outputFile', outputFile], mutant);
    const report = await readFile(outputFile, 'utf8').catch(() => {
      throw new Error(`${file} was not run: ${words}`);
    });
    return firstFailed(JSON.parse(report) as Report, { file, name });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What Vitest says, when it has ended. */
async function vitest(args: readonly string[], mutant: string | undefined): Promise<string> {
  const config = join(import.meta.dirname, 'vitest.config.ts');
  const child = spawn(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', config, ...args],
    { cwd: root, env: { ...process.env, [MUTANT]: mutant ?? '' }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const words: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => words.push(chunk));
  await once(child, 'close');
  return Buffer.concat(words).toString();
}

function pattern(name: string): readonly string[] {
  return name === '' ? [] : ['--testNamePattern', name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')];
}

function firstFailed({ testResults }: Report, { file, name }: NonNullable<Mutant['test']>): FailedCase | undefined {
  const cases = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = cases.find(({ status }) => status === 'failed');
  if (failed) return { name: failed.fullName, message: failed.failureMessages[0] ?? '' };
  if (cases.some(({ status }) => status === 'passed')) return undefined;
  throw new Error(`${file} has no case called "${name}": ${testResults.map(({ message }) => message)}`);
}
