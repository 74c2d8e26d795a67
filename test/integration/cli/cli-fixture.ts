import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import type { StreamName } from '../../../contract/streams.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/simulator.ts';
import { testFolder } from '../../support/lake/file-lake.ts';

const programs = join(import.meta.dirname, '..', '..', '..', 'cli');

/** The instant that the simulated vendors and the command line call now. */
export const now = '2026-03-10T12:00:00Z';

/** What a command left behind. */
export interface ProgramEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of standard output, parsed. */
  readonly lines: readonly Record<string, unknown>[];
}

/** A working directory with a configuration, simulated vendors that it points to, and the program. */
export interface Desk {
  readonly folder: string;
  readonly lake: string;
  readonly simulator: Simulator;
  start(args: readonly string[], environment?: Record<string, string>): ChildProcess;
  run(args: readonly string[], environment?: Record<string, string>): Promise<ProgramEnd>;
  /** The lines of a stream's objects, in no particular order. */
  rows(stream: StreamName): Promise<readonly string[]>;
}

/** Sets up a desk for the streams named; `settings` go into each of them. */
export async function openDesk(
  streams: readonly StreamName[],
  { settings = {}, ...options }: SimulatorOptions & { readonly settings?: Record<string, unknown> } = {},
): Promise<Desk> {
  const simulator = await startSimulator({ rows: 500, days: 5, now: () => Date.parse(now), ...options });
  onTestFinished(() => simulator.close());
  const folder = await testFolder();
  const lake = join(folder, 'lake');
  const configured = streams.map((stream) => ({
    stream,
    tenant: simulator.tenant,
    credential: 'env:VENDOR_KEY',
    baseUrl: simulator.baseUrl(stream),
    start: new Date(simulator.since).toISOString(),
    settle: '0',
    ...settings,
  }));
  await writeFile(
    join(folder, 'convlake.config.json'),
    JSON.stringify({ stage: 'test', lake: './lake', streams: configured }),
  );
  const start = (args: readonly string[], environment: Record<string, string> = { VENDOR_KEY: simulator.apiKey }) =>
    startProgram(folder, args, environment);
  return {
    folder,
    lake,
    simulator,
    start,
    run: (args, environment) => programEnd(start(args, environment)),
    rows: (stream) => linesUnder(join(lake, stream.replace('.', '_'))),
  };
}

/** Starts the program in a folder; it ends with the test at the latest. */
export function startProgram(
  folder: string,
  args: readonly string[],
  environment: Record<string, string> = {},
  program = 'convlake.ts',
): ChildProcess {
  const child = spawn(process.execPath, [join(programs, program), ...args], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** What a program that was started leaves behind. */
export async function programEnd(child: ChildProcess): Promise<ProgramEnd> {
  if (!child.stdout || !child.stderr) throw new Error('the program was started without pipes');
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await closed;
  const isJson = stdout.startsWith('{');
  const lines = isJson ? stdout.trimEnd().split('\n') : [];
  return { status, stdout, stderr, lines: lines.map((line) => JSON.parse(line)) };
}

async function linesUnder(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder, { recursive: true });
  const objects = files.filter((file) => file.endsWith('.ndjson.gz'));
  const texts = await Promise.all(
    objects.map(async (file) => gunzipSync(await readFile(join(folder, file))).toString()),
  );
  return texts.flatMap((object) => object.split('\n').filter((line) => line !== ''));
}

/** The lines that the vendor would return now. */
export function vendorLines(simulator: Simulator, stream: StreamName): readonly string[] {
  return [...simulator.world(stream).current()].map(({ line }) => line);
}
