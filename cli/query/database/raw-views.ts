import type { DuckDBConnection } from '@duckdb/node-api';
import type { RawTable } from '../../../contract/views/raw-tables.ts';

/**
 * The longest line that is read: a row of more than 24 MB is not a line. Beyond it a line is left out, and counted as one that cannot be
 * read.
 */
const MAX_LINE_BYTES = 27_000_000;

/**
 * What DuckDB reads at once for each processor; sixteen times the longest line by default, which is 430 MB here. It has to be a multiple of the
 * longest line: with 32,000,000 DuckDB 1.5.5 lost lines of 12 MB without a word, with 1, 2, 4, 8 and 16 times none in 150 MB of random lines.
 */
const BUFFER_BYTES = MAX_LINE_BYTES;

/** Where DuckDB notes lines that it cannot read. */
export const UNREADABLE = { lines: 'convlake_unreadable', scans: 'convlake_unreadable_scans' } as const;
/** The function that is told of every line that is not JSON: the table's name and the line's hash; true. */
export const NOTE_MALFORMED = 'convlake_note_malformed';

/** Text as a literal of SQL. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The name of a file, for where a pattern may stand. */
export function literalPath(path: string): string {
  return path.replace(/[[*?]/g, '[$&]');
}

/** Names and patterns of files on this machine, by the name of the raw table whose lines they hold. */
export type FilesByTable = ReadonlyMap<string, readonly string[]>;

/** The schema of empty tables that stand for the raw ones while a statement is planned. */
export const PLAN_SCHEMA = 'convlake_plan';

/** The raw tables of a database, which are views: of what they show now. */
export interface RawTables {
  /** Lets every one stand for an empty table of `PLAN_SCHEMA`, by whose name a plan tells which it is. */
  plan(): Promise<void>;
  /** Lets each show these files' lines, and those without files none. */
  show(files: FilesByTable, shown: Shown): Promise<void>;
}

/** Makes the raw tables of a database, all of them empty. */
export async function rawTablesIn(connection: DuckDBConnection, tables: readonly RawTable[]): Promise<RawTables> {
  await connection.run(`CREATE SCHEMA ${PLAN_SCHEMA}`);
  for (const { name, partitions } of tables) {
    const columns = ['"row"', ...partitions].map((column) => `${column} varchar`).join(', ');
    await connection.run(`CREATE TABLE ${PLAN_SCHEMA}.${name} (${columns})`);
  }
  const plan = async () => {
    for (const { name, partitions } of tables) {
      const columns = ['"row"', ...partitions].join(', ');
      await connection.run(`CREATE OR REPLACE VIEW ${name} AS SELECT ${columns} FROM ${PLAN_SCHEMA}.${name}`);
    }
  };
  await plan();
  return {
    plan,
    async show(files, shown) {
      for (const table of tables) await connection.run(rawView(table, files.get(table.name) ?? [], shown));
    },
  };
}

/** What of a raw table is shown. `json` leaves out lines that are not JSON, and repairs those that DuckDB alone takes for none. */
export type Shown = 'all' | 'json';

/**
 * Makes the raw table a view of these files, which may be patterns: whole lines as one text column, without quotes and escapes and with
 * a delimiter that JSON text cannot hold, as in Glue. Without files it is empty, where DuckDB would fail.
 */
function rawView({ name, partitions }: RawTable, files: readonly string[], shown: Shown): string {
  const columns = partitions.join(', ');
  if (files.length === 0) {
    const none = partitions.map((partition) => `CAST(NULL AS varchar) AS ${partition}`).join(', ');
    return `CREATE OR REPLACE VIEW ${name} AS SELECT CAST(NULL AS varchar) AS "row", ${none} WHERE false`;
  }
  const row = shown === 'all' ? '"row"' : 'convlake_readable("row") AS "row"';
  const noted = `${NOTE_MALFORMED}('${name}', hash("row", ${columns}))`;
  return `CREATE OR REPLACE VIEW ${name} AS SELECT ${row}, ${columns} FROM ${readLines(files)}
    WHERE CASE WHEN json_valid("row") THEN true WHEN "row" IS NULL THEN false WHEN json_valid(convlake_readable("row")) THEN true
      ELSE ${shown === 'all' ? noted : `NOT ${noted}`} END`;
}

/** `strict_mode` off: else a carriage return, which no row of convlake's holds, fails the query. */
function readLines(files: readonly string[]): string {
  return `read_csv([${files.map(quoted).join(', ')}], columns = {'row': 'VARCHAR'}, delim = '\u0001', quote = '', escape = '', header = false,
    auto_detect = false, new_line = '\\n', strict_mode = false,
    max_line_size = ${MAX_LINE_BYTES}, buffer_size = ${BUFFER_BYTES},
    store_rejects = true, rejects_table = '${UNREADABLE.lines}', rejects_scan = '${UNREADABLE.scans}',
    hive_partitioning = true, hive_types_autocast = false)`;
}
