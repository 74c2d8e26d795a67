import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StreamName } from '../../../contract/streams.ts';
import type { ExportJob } from '../../bench/children/export-child.ts';
import { DAY_MS } from '../durations.ts';

/** What an export in a process of its own did, and cost. */
export interface ChildExport {
  readonly rows: number;
  /** Objects. */
  readonly written: number;
  readonly requests: number;
  readonly wallMs: number;
  /** The most memory that the process had at any time, MB. */
  readonly peakMb: number;
}

/** The vendors' rows, which begin at this instant. */
export interface ChildWorld {
  readonly rows: number;
  readonly days: number;
}

const SINCE = Date.parse('2026-04-20T00:00:00Z');

/** Exports a first load of a world into an empty lake: vendors and export each in a process of its own, so that one's memory is not the other's. */
export async function exportInChild(
  stream: StreamName,
  { rows, days }: ChildWorld,
  configuration: ExportJob['configuration'],
): Promise<ChildExport> {
  const lake = await mkdtemp(join(tmpdir(), 'convlake-'));
  const since = new Date(SINCE).toISOString();
  const vendors = start('simulator/main.ts', ['--json', '--rows', `${rows}`, '--days', `${days}`, '--since', since]);
  try {
    const [line]: unknown[] = await once(vendors.stdout, 'data');
    const { baseUrls, apiKey, tenant } = JSON.parse(String(line));
    const now = SINCE + days * DAY_MS;
    const baseUrl: string = baseUrls[stream];
    const job: ExportJob = { baseUrl, apiKey, tenant, since: SINCE, stream, lake, now, level: 1, configuration };
    return JSON.parse(await outputOf(start('bench/children/export-child.ts', [JSON.stringify(job)])));
  } finally {
    vendors.kill('SIGKILL');
    await rm(lake, { recursive: true, force: true });
  }
}

function start(script: string, args: readonly string[]) {
  const path = join(import.meta.dirname, '../..', script);
  return spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function outputOf(child: ReturnType<typeof start>): Promise<string> {
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`the export ended with status ${status}`);
  return Buffer.concat(pieces).toString();
}
