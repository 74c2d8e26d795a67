import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointName } from '../../../contract/layout.ts';
import { streamDefinition } from '../../../contract/streams.ts';
import type { Scene } from '../../support/run/scene.ts';
import { hasErrorCode } from './error-code.ts';
import type { Stock } from './stock.ts';

/** A stream's vendor and the lake that its rows went to. */
export type Exporter = Pick<Scene, 'stream' | 'world' | 'lake'> & {
  readonly simulator: Pick<Scene['simulator'], 'tenant'>;
};

/** Where a stream's checkpoint lies. */
export function checkpointPath({ stream, lake, simulator }: Pick<Exporter, 'stream' | 'lake' | 'simulator'>): string {
  const { source } = streamDefinition(stream);
  return join(lake, '.checkpoints', `${checkpointName({ source, stream, tenant: simulator.tenant })}.json`);
}

/** What a run that begins now must not pass by. */
export interface Due {
  /** The keys that the vendor has. */
  readonly keys: readonly string[];
  /** What lies below it was read by earlier runs; epoch ms. */
  readonly watermark: number;
}

/** What is due now. */
export async function dueNow(exporter: Exporter): Promise<Due> {
  const keys = [...exporter.world.current()].flatMap(({ key }) => key ?? []);
  return { keys, watermark: await watermarkOf(exporter) };
}

/** The keys that were due, and that the watermark has passed by since: they are not in the lake. Rows that vanished meanwhile may never have been read. */
export async function keysPassedBy(exporter: Exporter, stock: Stock, due: Due): Promise<readonly string[]> {
  const watermark = await watermarkOf(exporter);
  return due.keys.filter((key) => {
    const row = exporter.world.row(key);
    if (!row || stock.has(key)) return false;
    const at = row.version ? Date.parse(row.version) : row.time;
    return due.watermark <= at && at < watermark;
  });
}

async function watermarkOf(exporter: Exporter): Promise<number> {
  const text = await readFile(checkpointPath(exporter), 'utf8').catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  return text === undefined ? Number.NEGATIVE_INFINITY : Date.parse(JSON.parse(text).watermark);
}
