import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
  const args = ['run', file, '--config', join(import.meta.dirname, 'vitest.config.ts'), '--reporter', 'json'];
  if (name !== '') args.push('--testNamePattern', name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const child = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: root,
    env: { ...process.env, [MUTANT]: mutant ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, words] = [[] as Buffer[], [] as Buffer[]];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => words.push(chunk));
  await once(child, 'close');
  const text = Buffer.concat(out).toString();
  const from = text.indexOf('{"num');
  if (from < 0) throw new Error(`${file} was not run: ${text}${Buffer.concat(words)}`);
  const { testResults } = JSON.parse(text.slice(from)) as Report;
  const cases = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = cases.find(({ status }) => status === 'failed');
  if (failed) return { name: failed.fullName, message: failed.failureMessages[0] ?? '' };
  if (!cases.some(({ status }) => status === 'passed')) throw new Error(`${file} has no case called "${name}"`);
  return undefined;
}
