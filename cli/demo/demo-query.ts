import { DuckDBInstance } from '@duckdb/node-api';
import { plainTable } from '../output/plain-table.ts';

/** Conversations of the last seven days by channel, straight from the objects: a line is a row, as the vendor wrote it. */
export const demoQuery = `SELECT dt,
       count(*)                                                   AS conversations,
       count(*) FILTER (json ->> 'Media' = 'voice')               AS voice,
       count(*) FILTER (json ->> 'Media' = 'chat')                AS chat,
       count(*) FILTER (json ->> 'Media' = 'email')               AS email,
       format('{:.2f}', avg(TRY_CAST(json ->> 'CSat' AS DOUBLE))) AS csat
FROM read_ndjson_objects('lake/crescendo_vocconv/**/*.ndjson.gz', hive_partitioning = true)
WHERE tenant = 'demo' AND dt > current_date - 7
GROUP BY dt
ORDER BY dt;`;

/** Runs a query with DuckDB, whose paths are relative to the working directory; the answer as a table. */
export async function answerOf(query: string): Promise<string> {
  const database = await DuckDBInstance.create(':memory:');
  const connection = await database.connect();
  try {
    const answer = await connection.runAndReadAll(query);
    const columns = answer.columnNames();
    const rows = answer.getRowsJson().map((row) => row.map((value) => String(value ?? '')));
    return plainTable(columns, rows, { first: 1, last: columns.length });
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}
