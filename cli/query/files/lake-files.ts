import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { UNDATED_PARTITION } from '../../../contract/layout.ts';
import type { RawTable } from '../../../contract/views/raw-tables.ts';
import type { NeededLines } from '../database/needed-lines.ts';
import { type FilesByTable, literalPath } from '../database/raw-views.ts';

/** Where the lines of a lake are. */
export interface LakeFiles {
  /**
   * Sees to it that what a statement needs lies on this machine. A table that has none is left out.
   * @throws ConvlakeError `lake-unavailable`
   */
  bring(needed: readonly NeededLines[], signal?: AbortSignal): Promise<FilesByTable>;
}

/** The pattern of the objects of a raw table, relative to the lake's root. */
function objectPattern({ folder, holds }: RawTable): string {
  switch (holds) {
    case 'dated':
      return `${folder}/tenant=*/dt=[0-9]*/*.ndjson.gz`;
    case 'undated':
      return `${folder}/tenant=*/dt=${UNDATED_PARTITION}/*.ndjson.gz`;
    case 'reports':
      return `${folder}/source=*/tenant=*/dt=*/*.ndjson`;
  }
}

/** The lake in a folder: DuckDB reads its objects where they lie, and leaves out itself what a query does not need. */
export function folderFiles(folder: string): LakeFiles {
  return {
    async bring(needed) {
      const files = new Map<string, readonly string[]>();
      for (const { table } of needed) {
        const pattern = objectPattern(table);
        if (await isAny(pattern, folder)) files.set(table.name, [join(literalPath(folder), pattern)]);
      }
      return files;
    },
  };
}

/** One is enough: a lake has many. */
async function isAny(pattern: string, folder: string): Promise<boolean> {
  for await (const _ of glob(pattern, { cwd: folder })) return true;
  return false;
}
