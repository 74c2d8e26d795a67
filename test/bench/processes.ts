import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The first instant of the vendors' rows, and the one at which exports plan. */
export const SINCE = Date.parse('2026-04-20T00:00:00Z');
export const NOW = Date.parse('2026-05-20T00:00:00Z');

/** The vendors, in a process of their own. */
export interface Simulators {
  readonly baseUrls: Readonly<Record<string, string>>;
  readonly apiKey: string;
  readonly tenant: string;
  readonly stop: () => void;
}

/** Starts the vendors' simulators with 30 days of rows. */
export function startSimulators(options: readonly string[]): Promise<Simulators> {
  return startServer('../simulator/main.ts', [
    '--json',
    '--days',
    '30',
    '--since',
    new Date(SINCE).toISOString(),
    ...options,
  ]);
}

/** Starts a script that serves something, and waits for the line of JSON that says where. */
export async function startServer<T>(
  script: string,
  args: readonly string[],
): Promise<T & { readonly stop: () => void }> {
  const started = start(script, args);
  const [line] = (await once(started.stdout, 'data')) as [Buffer];
  return { ...(JSON.parse(line.toString()) as T), stop: () => started.kill() };
}

/** Runs a script to its end, and reads the JSON that it prints. */
export async function child<T>(script: string, args: readonly string[]): Promise<T> {
  const started = start(script, args);
  const chunks: Buffer[] = [];
  started.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(started, 'close')) as [number];
  if (code !== 0) throw new Error(`${script} exited with ${code}`);
  return JSON.parse(Buffer.concat(chunks).toString()) as T;
}

function start(script: string, args: readonly string[]) {
  const path = join(import.meta.dirname, script);
  return spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Does the work with a folder of its own. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'convlake-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The middle one; of an even number the higher of both. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
