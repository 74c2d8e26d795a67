import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseObjectKey } from '../../../contract/layout.ts';
import { type StreamName, streamDefinition } from '../../../contract/streams.ts';
import { keyIn } from '../../simulator/rows/fields.ts';
import type { Exported } from '../../support/lake/lake-differences.ts';
import { hasErrorCode } from './error-code.ts';

/** What a lake holds of a stream: of every key its date and its line. */
export type Stock = ReadonlyMap<string, string>;

/** The keys of a stream's objects in a lake at this moment. */
export async function objectKeys({ stream, lake }: Pick<Exported, 'stream' | 'lake'>): Promise<readonly string[]> {
  const { table } = streamDefinition(stream);
  const names = await readdir(join(lake, table), { recursive: true }).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  });
  return names.map((name) => join(table, name)).filter((key) => parseObjectKey(key) !== undefined);
}

/**
 * Reads one object as any reader would.
 * @throws Error unless it is whole gzip of whole lines, each of which is one JSON value
 */
export async function readWholeLines(lake: string, key: string): Promise<readonly string[]> {
  return wholeLines(key, await readFile(join(lake, key)));
}

/** The lines of an object's bytes. @throws Error as `readWholeLines` does */
export function wholeLines(key: string, bytes: Uint8Array): readonly string[] {
  try {
    const text = gunzipSync(bytes).toString('utf8');
    if (!text.endsWith('\n')) throw new Error('its last line has no end');
    const lines = text.split('\n').slice(0, -1);
    for (const line of lines) JSON.parse(line);
    return lines;
  } catch (cause) {
    throw new Error(`${key} is not whole: ${bytes.length} bytes`, { cause });
  }
}

/** Rows of one object: of each its key, and its date with its line. */
type Rows = readonly (readonly [key: string, dated: string])[];

/**
 * Something that reads every object of a stream whenever it is asked; those that nobody has touched since it does not read again.
 * It throws for an object that is not whole and for a key that lies there twice.
 */
export function stocktaker({ stream, lake }: Pick<Exported, 'stream' | 'lake'>): () => Promise<Stock> {
  const known = new Map<string, { readonly identity: string; readonly rows: Rows }>();
  return async () => {
    const stock = new Map<string, string>();
    for (const key of await objectKeys({ stream, lake })) {
      const { ino, size, mtimeNs } = await stat(join(lake, key), { bigint: true });
      const identity = `${ino} ${size} ${mtimeNs}`;
      const before = known.get(key);
      const rows =
        before?.identity === identity ? before.rows : datedRows(stream, key, await readWholeLines(lake, key));
      known.set(key, { identity, rows });
      for (const [rowKey, dated] of rows) {
        if (stock.has(rowKey)) throw new Error(`${rowKey} lies twice in the lake, once in ${key}`);
        stock.set(rowKey, dated);
      }
    }
    return stock;
  };
}

function datedRows(stream: StreamName, key: string, lines: readonly string[]): Rows {
  const definition = streamDefinition(stream);
  const dt = parseObjectKey(key)?.dt;
  return lines.map((line) => [keyIn(JSON.parse(line), definition.key) ?? line, `${dt} ${line}`]);
}

/** Keys that are in `before` and not in `after`. */
export function keysLost(before: Stock, after: Stock): readonly string[] {
  return [...before.keys()].filter((key) => !after.has(key));
}
