import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { UNDATED_PARTITION } from '../../../contract/layout.ts';
import type { StreamDefinition } from '../../../contract/streams.ts';
import { runsView } from '../../../contract/views/runs-view.ts';
import { turnsView } from '../../../contract/views/turn-views.ts';
import { streamView, tableNames } from '../../../contract/views/view-sql.ts';
import { trinoMacros, trinoToDuckdb } from '../views/trino-to-duckdb.ts';

/** A lake's folder as a database: the raw tables as Glue has them, and the views from the same SQL. */
export interface DuckdbLake {
  /** The rows that a query in Trino's words gives, each its values in order. */
  query(sql: string): Promise<readonly (readonly unknown[])[]>;
  /** Makes a view of a query in Trino's words. */
  view(name: string, sql: string): Promise<void>;
  /** Makes a table of lines: one column `row`, and the partitions in the files' names. */
  lines(table: string, files: string, partitions: readonly string[]): Promise<void>;
  close(): void;
}

/** Opens the streams of a lake in a folder. */
export async function openDuckdbLake(folder: string, streams: readonly StreamDefinition[]): Promise<DuckdbLake> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
  for (const macro of trinoMacros) await connection.run(macro);

  const lake: DuckdbLake = {
    async query(sql) {
      return (await connection.runAndReadAll(trinoToDuckdb(sql))).getRowsJson();
    },
    async view(name, sql) {
      await connection.run(`CREATE VIEW ${name} AS ${trinoToDuckdb(sql)}`);
    },
    async lines(table, files, partitions) {
      const pattern = join(folder, files);
      const names = partitions.join(', ');
      // A table without objects is empty in Athena and an error in DuckDB.
      const empty = `SELECT '' AS "row", ${partitions.map((name) => `'' AS ${name}`).join(', ')} WHERE false`;
      const found = existsSync(folder) && globSync(pattern).length > 0;
      await connection.run(
        `CREATE VIEW ${table} AS ${found ? `SELECT "row", ${names} FROM ${readLines(pattern)}` : empty}`,
      );
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
  for (const definition of streams) {
    const { view, raw, undatedRaw } = tableNames(definition);
    await lake.lines(raw, `${definition.table}/tenant=*/dt=[0-9]*/*.ndjson.gz`, ['tenant', 'dt']);
    await lake.lines(undatedRaw, `${definition.table}/tenant=*/dt=${UNDATED_PARTITION}/*.ndjson.gz`, ['tenant']);
    await lake.view(view, streamView(definition).sql);
    const turns = turnsView(definition.stream);
    if (turns) await lake.view(turns.name, turns.sql);
  }
  const runs = runsView();
  await lake.lines(`${runs.name}_raw`, `${runs.name}/source=*/tenant=*/dt=*/*.ndjson`, ['source', 'tenant', 'dt']);
  await lake.view(runs.name, runs.sql);
  return lake;
}

/** Whole lines as one text column: no quotes, no escapes, and a delimiter that JSON text cannot hold, as in Glue. */
function readLines(pattern: string): string {
  return `read_csv('${pattern}', columns = {'row': 'VARCHAR'}, delim = '\u0001', quote = '', escape = '', header = false,
    auto_detect = false, new_line = '\\n', hive_partitioning = true, hive_types_autocast = false, max_line_size = 16777216)`;
}
