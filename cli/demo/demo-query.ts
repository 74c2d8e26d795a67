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

/** What was said first in the newest call of some turns: a detail's line has the vendor's own JSON under `detail`. */
export const DEMO_TRANSCRIPT_QUERY = `SELECT turn ->> 'time_in_call_secs' AS second, turn ->> 'role' AS role, left(turn ->> 'message', 90) AS said
FROM (
  SELECT unnest(from_json(json -> 'detail' -> 'transcript', '["json"]')) AS turn
  FROM (
    SELECT json
    FROM read_ndjson_objects('lake/elevenlabs_transcripts/**/*.ndjson.gz', hive_partitioning = true, ignore_errors = true)
    WHERE tenant = 'demo' AND json_array_length(json -> 'detail' -> 'transcript') >= 4
    ORDER BY TRY_CAST(json ->> 'time' AS BIGINT) DESC
    LIMIT 1
  )
)
LIMIT 4;`;

/** Runs a query with DuckDB, whose paths are relative to the working directory; the result as a table. `numbers` are columns, from 0. */
export async function queryTable(
  query: string,
  numbers: { readonly first: number; readonly last: number },
): Promise<string> {
  const database = await DuckDBInstance.create(':memory:');
  const connection = await database.connect();
  try {
    const result = await connection.runAndReadAll(query);
    const columns = result.columnNames();
    const rows = result.getRowsJson().map((row) => row.map((value) => String(value ?? '')));
    return plainTable(columns, rows, numbers);
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}
