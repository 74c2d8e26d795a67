import type { DuckDBConnection } from '@duckdb/node-api';
import type { ViewDefinition } from '../../../contract/views/view-sql.ts';
import { trinoToDuckdb } from './trino-to-duckdb.ts';

/** Views that are made when a statement names them: all of them take DuckDB three quarters of a second, and one a tenth of that. */
export interface ViewsOnDemand {
  /** Makes the views that a statement names, or may mean, and those that they are made from. */
  makeNamed(sql: string): Promise<void>;
  /** Makes every view, and resolves to false where all were there. */
  makeAll(): Promise<boolean>;
}

/** A view must come after those that it is made from. */
export function viewsOnDemand(connection: DuckDBConnection, views: readonly ViewDefinition[]): ViewsOnDemand {
  const missing = new Map(views.map((view) => [view.name, view]));

  async function make(named: (view: ViewDefinition) => boolean): Promise<boolean> {
    const wanted = [...missing.values()].filter(named);
    for (const { name, sql } of wanted) {
      if (!missing.delete(name)) continue; // made for another one
      await make((view) => isNamed(view.name, sql));
      await connection.run(`CREATE VIEW ${name} AS ${trinoToDuckdb(sql)}`);
    }
    return wanted.length > 0;
  }

  return {
    async makeNamed(sql) {
      await make(LISTS_TABLES.test(sql) ? () => true : ({ name }) => isNamed(name, sql));
    },
    makeAll: () => make(() => true),
  };
}

/** What tells a query of the tables that there are. */
const LISTS_TABLES = /\b(show|information_schema|duckdb_\w+|pg_\w+|sqlite_master)\b/i;

/** Also in text and comments: a view too many does no harm. */
function isNamed(view: string, sql: string): boolean {
  return new RegExp(`\\b${view}\\b`, 'i').test(sql);
}
