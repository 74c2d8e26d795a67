import type { DuckDBConnection } from '@duckdb/node-api';
import { several } from '../../output/words.ts';
import type { Duckdb } from './load-duckdb.ts';
import { NOTE_MALFORMED, type Shown, UNREADABLE } from './raw-views.ts';

/** Lines of a statement's tables that are not as they should be. */
export interface MalformedLines {
  /** Begins anew, before another statement. */
  forget(): Promise<void>;
  /** A sentence for each table with such lines, which says where they are now that this much of them is shown. */
  notes(shown: Shown): Promise<readonly string[]>;
}

/** Makes the function that raw tables tell of every line that is not JSON, and counts them. A statement may read a line several times. */
export function malformedLines(duckdb: Duckdb, connection: DuckDBConnection): MalformedLines {
  const { BOOLEAN, DuckDBScalarFunction, UBIGINT, VARCHAR } = duckdb;
  const seen = new Map<string, Set<unknown>>();
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: NOTE_MALFORMED,
      parameterTypes: [VARCHAR, UBIGINT],
      returnType: BOOLEAN,
      mainFunction(_, input, output) {
        const [tables, hashes] = [input.getColumnValues(0), input.getColumnValues(1)];
        for (const [at, hash] of hashes.entries()) {
          const table = String(tables[at]);
          seen.set(table, (seen.get(table) ?? new Set()).add(hash));
          output.setItem(at, true);
        }
        output.flush();
      },
    }),
  );
  return {
    async forget() {
      seen.clear();
      for (const table of Object.values(UNREADABLE)) await connection.run(`DROP TABLE IF EXISTS ${table}`);
    },
    async notes(shown) {
      const malformed = [...seen].map(([table, lines]) => notJson(table, lines.size, shown));
      const unreadable = await unreadableLines(connection);
      return unreadable === 0 ? malformed : [...malformed, leftOut(unreadable)];
    },
  };
}

function notJson(table: string, lines: number, shown: Shown): string {
  const [are, their] = lines === 1 ? ['is', 'its'] : ['are', 'their'];
  const how = shown === 'all' ? `${their} fields are null` : 'left out, since this query would fail on them';
  return `${several(lines, 'line')} of ${table} ${are} not JSON: ${how}; "row" has ${their} text`;
}

function leftOut(lines: number): string {
  return `${several(lines, 'line')} ${lines === 1 ? 'is' : 'are'} left out: longer than a line can be, or not UTF-8`;
}

/** How many lines DuckDB could not read as text. */
async function unreadableLines(connection: DuckDBConnection): Promise<number> {
  try {
    const counted = await connection.runAndReadAll(
      `SELECT count(DISTINCT (file_path, line)) FROM ${UNREADABLE.lines} JOIN ${UNREADABLE.scans} USING (scan_id, file_id)`,
    );
    return Number(counted.getRowsJson()[0]?.[0] ?? 0);
  } catch {
    return 0; // it makes these tables where it reads lines
  }
}
