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
  return { keys, watermark: (await readSoFar(exporter)).watermark };
}

/** The keys that were due, and that the watermark has passed by since: they are not in the lake. Rows that vanished meanwhile may never have been read. */
export async function keysPassedBy(exporter: Exporter, stock: Stock, due: Due): Promise<readonly string[]> {
  const { watermark, history } = await readSoFar(exporter);
  return due.keys.filter((key) => {
    const row = exporter.world.row(key);
    if (!row || stock.has(key)) return false;
    if (history && row.time >= history.from && row.time < history.to) return false;
    const at = row.version ? Date.parse(row.version) : row.time;
    return due.watermark <= at && at < watermark;
  });
}

/** What the checkpoint says; `history` is what a stream of details still has to read below its watermark. */
async function readSoFar(
  exporter: Exporter,
): Promise<{ readonly watermark: number; readonly history?: { readonly from: number; readonly to: number } }> {
  const text = await readFile(checkpointPath(exporter), 'utf8').catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (text === undefined) return { watermark: Number.NEGATIVE_INFINITY };
  const { watermark, history } = JSON.parse(text);
  const left = history && { from: Date.parse(history.from), to: Date.parse(history.to) };
  return { watermark: Date.parse(watermark), ...(left && { history: left }) };
}
