import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { objectKey } from '../../../contract/layout.ts';
import { testFolder } from '../../support/lake/file-lake.ts';

const program = join(import.meta.dirname, '../../../cli/convlake.ts');

/** What a query left behind. */
export interface QueryEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the program is run. */
export interface QueryRun {
  /** What stands on standard input; nothing by default. */
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Options of Node.js. */
  readonly node?: readonly string[];
}

/** Runs `convlake query` in a folder of its own; it ends with the test at the latest. */
export async function runQuery(
  args: readonly string[],
  run: QueryRun & { readonly folder: string },
): Promise<QueryEnd> {
  const { folder, input = '', environment = {}, node = [] } = run;
  const home = join(folder, 'home');
  const child = spawn(process.execPath, [...node, program, 'query', ...args], {
    cwd: folder,
    env: { HOME: home, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  child.stdin.on('error', () => {}); // it may end without having read all
  child.stdin.end(input);
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await closed;
  return { status, stdout, stderr };
}

/** A partition, and the lines in its object. */
export interface PartitionLines {
  readonly table?: string;
  readonly tenant?: string;
  /** Undefined for lines without a usable time. */
  readonly dt?: string | undefined;
  readonly lines: readonly string[];
}

/** A folder with a lake in `lake`, and queries over it, which name it by `--lake`. */
export async function openQueryDesk(partitions: readonly PartitionLines[]): Promise<{
  readonly folder: string;
  readonly lake: string;
  query(args: readonly string[], run?: QueryRun): Promise<QueryEnd>;
}> {
  const folder = await testFolder();
  const lake = join(folder, 'lake');
  await mkdir(lake);
  for (const partition of partitions) {
    const [key, bytes] = objectOf(partition);
    await mkdir(dirname(join(lake, key)), { recursive: true });
    await writeFile(join(lake, key), bytes);
  }
  return { folder, lake, query: (args, run) => runQuery(['--lake', 'lake', ...args], { folder, ...run }) };
}

/** The object that holds the lines of a partition. */
export function objectOf({
  table = 'crescendo_vocconv',
  tenant = 'tenant-alpha',
  dt,
  lines,
}: PartitionLines): readonly [key: string, bytes: Buffer] {
  return [objectKey({ table, tenant, dt }), gzipSync(lines.map((line) => `${line}\n`).join(''))];
}

/** A line of `crescendo.vocconv`. */
export function vocconv(id: string, dt: string, fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ ID: id, DatetimeUTC: `${dt}T09:00:00.250Z`, ...fields });
}
