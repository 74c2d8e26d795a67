import type { DuckDBValue } from '@duckdb/node-api';
import { openLakeDatabase } from '../../../cli/query/database/lake-database.ts';
import { loadDuckdb } from '../../../cli/query/database/load-duckdb.ts';
import { folderFiles } from '../../../cli/query/files/lake-files.ts';
import type { ResultColumn } from '../../../cli/query/output/formats.ts';
import { textOf } from '../../../cli/query/output/values.ts';
import type { StreamDefinition } from '../../../contract/streams.ts';
import { lakeTables } from '../../../contract/views/raw-tables.ts';

/** A lake's folder as `convlake query` opens it. */
export interface DuckdbLake {
  /** The rows that a query in Trino's words gives, each its values in order: numbers that may be beyond 2^53 and times are text. */
  query(sql: string): Promise<readonly (readonly unknown[])[]>;
  close(): void;
}

/** Opens the streams of a lake in a folder. */
export async function openDuckdbLake(folder: string, streams: readonly StreamDefinition[]): Promise<DuckdbLake> {
  const database = await openLakeDatabase({
    duckdb: await loadDuckdb(),
    tables: lakeTables(streams),
    files: folderFiles(folder),
    threads: 1,
  });
  return {
    async query(sql) {
      const { columns, rows } = await database.run({ sql, dialect: 'trino' });
      const all: unknown[][] = [];
      for await (const some of rows) {
        all.push(...some.map((row) => row.map((value, at) => plain(value, columns[at]))));
      }
      return all;
    },
    close: () => database.close(),
  };
}

function plain(value: DuckDBValue, column: ResultColumn | undefined): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || !column?.type) return value;
  return textOf({ value, type: column.type });
}
