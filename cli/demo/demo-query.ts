import { DuckDBInstance } from '@duckdb/node-api';
import { plainTable } from '../output/plain-table.ts';

/**
 * Conversations of the last seven days by channel, straight from the objects: a line is a row, as the vendor wrote it.
 * `ignore_errors`: a line that DuckDB's parser refuses, such as one with half an emoji, counts
 * without its values instead of failing the query.
 */
export const DEMO_QUERY = `SELECT dt,
       count(*)                                                   AS conversations,
       count(*) FILTER (json ->> 'Media' = 'voice')               AS voice,
       count(*) FILTER (json ->> 'Media' = 'chat')                AS chat,
       count(*) FILTER (json ->> 'Media' = 'email')               AS email,
       format('{:.2f}', avg(TRY_CAST(json ->> 'CSat' AS DOUBLE))) AS csat
FROM read_ndjson_objects('lake/crescendo_vocconv/**/*.ndjson.gz', hive_partitioning = true, ignore_errors = true)
WHERE tenant = 'demo' AND dt > current_date - 7
GROUP BY dt
ORDER BY dt;`;

/** Runs a query with DuckDB, whose paths are relative to the working directory; the result as a table. */
export async function queryTable(query: string): Promise<string> {
  const database = await DuckDBInstance.create(':memory:');
  const connection = await database.connect();
  try {
    const result = await connection.runAndReadAll(query);
    const columns = result.columnNames();
    const rows = result.getRowsJson().map((row) => row.map((value) => String(value ?? '')));
    return plainTable(columns, rows, { first: 1, last: columns.length });
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}
