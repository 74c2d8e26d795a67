import { join } from 'node:path';
import type { DuckDBConnection, DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import type { lakeTables } from '../../../contract/views/raw-tables.ts';
import { userFolder } from '../../../functions/files/user-folder.ts';
import type { LakeFiles } from '../files/lake-files.ts';
import type { ResultColumn } from '../output/formats.ts';
import { duckdbProblem, QueryError } from '../query-error.ts';
import type { Duckdb } from './load-duckdb.ts';
import { malformedLines } from './malformed-lines.ts';
import { neededLines } from './needed-lines.ts';
import { rawTablesIn } from './raw-views.ts';
import { trinoMacros, trinoToDuckdb } from './trino-to-duckdb.ts';
import { viewsOnDemand } from './views-on-demand.ts';

/** A lake as a database: the raw tables as Glue has them, and the views from the same SQL. */
export interface LakeDatabase {
  /**
   * Runs one statement, and resolves when its first rows are there.
   * @throws QueryError, ConvlakeError `lake-unavailable`
   */
  run(statement: Statement): Promise<RunningStatement>;
  /** Ends what is being run with an error. */
  interrupt(): void;
  close(): void;
}

/** What is to be run. */
export interface Statement {
  readonly sql: string;
  /** DuckDB's, or that of Trino, in which views and named queries are written. */
  readonly dialect?: 'duckdb' | 'trino';
  readonly signal?: AbortSignal;
}

/** A statement whose rows are read piece by piece. */
export interface RunningStatement {
  /** None where a statement has no result, such as one that makes a table. */
  readonly columns: readonly ResultColumn[];
  /** @throws QueryError */
  readonly rows: AsyncIterable<readonly (readonly DuckDBValue[])[]>;
  /** What is to be told of lines that are not as they should be, once all rows are read; no sentence where all are. */
  notes(): Promise<readonly string[]>;
}

/** What a database is made from. */
export interface LakeDatabaseProps {
  readonly duckdb: Duckdb;
  readonly tables: ReturnType<typeof lakeTables>;
  readonly files: LakeFiles;
  /** Default: as many as there are processors. */
  readonly threads?: number;
}

/** Opens the tables of a lake. Nothing of it is read before a statement asks for it. */
export async function openLakeDatabase({
  duckdb,
  tables,
  files: lake,
  threads,
}: LakeDatabaseProps): Promise<LakeDatabase> {
  const instance = await duckdb.DuckDBInstance.create(
    ':memory:',
    threads === undefined ? {} : { threads: `${threads}` },
  );
  const connection = await instance.connect();
  const malformed = malformedLines(duckdb, connection);
  await connection.run(SETTINGS);
  for (const macro of trinoMacros) await connection.run(macro);
  const raw = await rawTablesIn(connection, tables.raw);
  const views = viewsOnDemand(connection, tables.views);

  /** Lines that are not JSON make some functions fail, and then they are left out. */
  async function runOnce(sql: string, signal: AbortSignal | undefined): Promise<RunningStatement> {
    await raw.plan();
    const files = await lake.bring(await neededLines(connection, sql, tables.raw), signal);
    await malformed.forget();
    await raw.show(files, 'all');
    signal?.throwIfAborted();
    try {
      return { ...(await start(connection, sql)), notes: () => malformed.notes('all') };
    } catch (error) {
      if (!isMalformedJson(error)) throw error;
    }
    await malformed.forget();
    await raw.show(files, 'json');
    return { ...(await start(connection, sql)), notes: () => malformed.notes('json') };
  }

  return {
    async run({ sql: written, dialect, signal }) {
      const sql = dialect === 'trino' ? trinoToDuckdb(written) : written;
      try {
        await views.makeNamed(sql);
        return await runOnce(sql, signal).catch(async (error: unknown) => {
          // DuckDB's message names tables that are spelt alike, where they are there.
          if (!isUnknownTable(error) || !(await views.makeAll())) throw error;
          return runOnce(sql, signal);
        });
      } catch (error) {
        throw failure(error);
      }
    },
    interrupt: () => connection.interrupt(),
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Times are UTC; nothing is downloaded that nobody asked for; what does not fit into memory does not lie about in the working directory. */
const SETTINGS = `SET TimeZone = 'UTC'; SET autoinstall_known_extensions = false;
  SET temp_directory = '${join(userFolder(), `query-${process.pid}`).replaceAll("'", "''")}'`;

/** A statement may make a result that is not rows: the number of rows that it changed. */
async function start(connection: DuckDBConnection, sql: string): Promise<Omit<RunningStatement, 'notes'>> {
  const result = await connection.stream(sql);
  const first = await result.fetchChunk();
  if (result.returnType !== QUERY_RESULT) return { columns: [], rows: nothing() };
  const columns = result.deduplicatedColumnNames().map((name, at) => ({ name, type: result.columnType(at) }));
  return { columns, rows: rowsOf(result, first) };
}

/** `ResultReturnType.QUERY_RESULT`; the package is loaded only where a database is opened. */
const QUERY_RESULT: DuckDBResult['returnType'] = 3;

async function* rowsOf(
  result: DuckDBResult,
  first: Awaited<ReturnType<DuckDBResult['fetchChunk']>>,
): AsyncGenerator<readonly (readonly DuckDBValue[])[]> {
  try {
    for (let chunk = first; chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) yield chunk.getRows();
  } catch (error) {
    throw failure(error);
  }
}

async function* nothing(): AsyncGenerator<never> {}

/** A function that takes JSON, over a line that is none: a query is run again without such lines. */
function isMalformedJson(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Malformed JSON');
}

function isUnknownTable(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Catalog Error: Table');
}

/** DuckDB quotes the text that is not JSON, and a row is not for messages. Errors that are not DuckDB's pass through untouched. */
function failure(error: unknown): unknown {
  if (!(error instanceof Error) || !DUCKDB_ERROR.test(error.message)) return error;
  return new QueryError(isMalformedJson(error) ? NOT_JSON : duckdbProblem(error.message), { cause: error });
}

const DUCKDB_ERROR = /^(?:Failed to extract statements: )?[A-Z][A-Za-z -]* Error: /;
const NOT_JSON =
  'a function takes text for JSON that is not: try(…) gives null for it, as json_extract_scalar does for a line';
