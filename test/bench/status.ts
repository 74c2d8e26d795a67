/**
 * How long `convlake status` takes over a hundred tenants in a folder, each with a checkpoint and the reports of a day, the start of the
 * program included. Alone: `node test/bench/status.ts`.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkpointName, runReportKey } from '../../contract/layout.ts';
import { encodeCheckpoint } from '../../functions/engine/checkpoint/codec.ts';
import { inFolder, median } from './processes.ts';

const TENANTS = 100;
const REPORTS = 24;
const OF = { source: 'crescendo', stream: 'crescendo.vocconv' } as const;

/** The time as a row of the bench's table: what, measured, goal. */
export async function statusRows(rounds: number): Promise<string[][]> {
  const seconds = await inFolder(async (folder) => {
    await fill(folder);
    return median(Array.from({ length: rounds }, () => secondsOf(folder)));
  });
  return [[`status of ${TENANTS} tenants in a folder`, `${seconds.toFixed(2)} s`, '<= 1.5 s']];
}

async function fill(folder: string): Promise<void> {
  const at = Math.floor(Date.now() / 1000) * 1000;
  const tenants = Array.from({ length: TENANTS }, (_, each) => `tenant-${each}`);
  const streams = tenants.map((tenant) => ({
    stream: OF.stream,
    tenant,
    credential: 'env:KEY',
    start: '2026-01-01',
  }));
  await write(join(folder, 'convlake.config.json'), JSON.stringify({ stage: 'bench', lake: './lake', streams }));
  const held = {
    epoch: 0,
    watermark: at,
    rereadFrom: at,
    newestRow: at,
    start: 0,
    lake: './lake',
    updatedAt: at,
    run: 'r',
  };
  const lake = join(folder, 'lake');
  for (const tenant of tenants) {
    const checkpoint = encodeCheckpoint(held, { stream: OF.stream, tenant });
    await write(join(lake, '.checkpoints', `${checkpointName({ ...OF, tenant })}.json`), checkpoint);
    for (let run = 0; run < REPORTS; run++) {
      const startedAt = new Date(at - run).toISOString();
      const key = runReportKey({ ...OF, tenant, date: startedAt.slice(0, 10), runId: `run-${run}` });
      const report = { runId: `run-${run}`, purpose: 'live', outcome: 'caught up', startedAt };
      await write(join(lake, key), JSON.stringify(report));
    }
  }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

function secondsOf(cwd: string): number {
  const began = performance.now();
  execFileSync(process.execPath, [join(import.meta.dirname, '../../cli/bin.js'), 'status', '--check'], { cwd });
  return (performance.now() - began) / 1000;
}

if (import.meta.main) {
  for (const row of await statusRows(5)) process.stdout.write(`${row.join('  ')}\n`);
}
