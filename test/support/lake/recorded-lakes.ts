import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { StreamName } from '../../../contract/streams.ts';
import type { Simulator } from '../../simulator/simulator.ts';

const folder = new URL('../../fixtures/recorded/', import.meta.url);

/** A row that a vendor had; `key` and `time` are what it knows of the row besides the line. */
export interface RecordedRow {
  readonly key?: string;
  /** Epoch ms. */
  readonly time?: number;
  readonly line: string;
}

/** Files by their paths, as base64. */
export type RecordedFiles = Readonly<Record<string, string>>;

/** What test/fixtures/recorded/lakes.json.gz holds. */
export interface RecordedLakes {
  /** What the runs called now, where the rows begin, and whose they are. */
  readonly now: string;
  readonly since: string;
  readonly tenant: string;
  readonly lakes: Readonly<
    Record<
      'caught up' | 'walk inside a tied instant' | 're-read under way',
      { readonly rows: Readonly<Partial<Record<StreamName, readonly RecordedRow[]>>>; readonly files: RecordedFiles }
    >
  >;
  readonly bucket: {
    readonly name: string;
    readonly prefix: string;
    readonly objects: Readonly<
      Record<string, { headers: Readonly<Record<string, string>>; etag: string; crc32: string; bytes: string }>
    >;
    readonly parameters: Readonly<Record<string, { readonly value: string; readonly type: string }>>;
  };
}

/** The lakes as they were recorded. */
export function recordedLakes(): RecordedLakes {
  return JSON.parse(gunzipSync(readFileSync(new URL('lakes.json.gz', folder))).toString('utf8'));
}

/** The texts of checkpoints and of a rewind, by what is remarkable about them. */
export function recordedTexts(): Readonly<
  Record<'caught up' | 'live claim' | 'rewind' | 'walk inside a tied instant' | 're-read under way', string>
> {
  return JSON.parse(readFileSync(new URL('checkpoints.json', folder), 'utf8'));
}

/** Lays recorded files out in a folder. */
export async function layOut(files: RecordedFiles, lake: string): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(lake, path)), { recursive: true });
    await writeFile(join(lake, path), Buffer.from(bytes, 'base64'));
  }
}

/** The objects of a lake in a folder, rows and reports, as base64; not its checkpoints, which every run moves. */
export async function objectsIn(lake: string): Promise<RecordedFiles> {
  const paths = (await readdir(lake, { recursive: true })).map((path) => path.replaceAll('\\', '/'));
  const objects = paths.filter((path) => /\.ndjson(\.gz)?$/.test(path)).toSorted();
  const read = objects.map(async (path) => [path, (await readFile(join(lake, path))).toString('base64')] as const);
  return Object.fromEntries(await Promise.all(read));
}

/** Has a simulated vendor serve the recorded rows of a stream. */
export function serve(simulator: Simulator, stream: StreamName, rows: readonly RecordedRow[]): void {
  for (const { line, ...known } of rows) simulator.world(stream).put(line, known);
}
