import { COLUMN_TYPES, columnsOf } from '../columns.ts';
import { oversizedTable } from '../layout.ts';
import type { StreamDefinition } from '../streams.ts';
import { fieldSql, keySql, oversizedSql, timeSql } from './field-sql.ts';

/** A column as a view declares it. */
export interface ViewColumn {
  /** snake_case, as a query names it. */
  readonly name: string;
  /** As Trino (Athena's engine) calls the type. */
  readonly trino: string;
  /** As Hive, and so Glue, calls it. */
  readonly hive: string;
  /** What it means, for the people who query. */
  readonly comment: string;
}

/** A view to create. */
export interface ViewDefinition {
  /** As a query names it. */
  readonly name: string;
  /** What it shows, for a list of tables. Glue has no place for it: a view's is taken by what marks it as one. */
  readonly description: string;
  /** The query, in Trino's SQL. */
  readonly sql: string;
  /** What the query gives, in order. */
  readonly columns: readonly ViewColumn[];
}

/** The tables of one stream. The raw ones hold lines; the view, which is what people query, has the stream's own name. */
export function tableNames({ table }: Pick<StreamDefinition, 'table'>) {
  return { view: table, raw: `${table}_raw`, undatedRaw: `${table}_undated_raw` } as const;
}

/**
 * The view of a stream: every line of both raw tables, as typed columns and as it is.
 * @throws Error when two fields collapse into one column
 */
export function streamView(definition: StreamDefinition): ViewDefinition {
  const { view, raw, undatedRaw } = tableNames(definition);
  const columns: readonly ViewExpression[] = [
    {
      name: 'row_key',
      ...COLUMN_TYPES.text,
      sql: keySql(definition.key),
      comment: "The row's key, whichever field holds it",
    },
    {
      name: 'row_time',
      ...COLUMN_TYPES.instant,
      sql: timeSql(definition.time),
      comment: "The row's own time, UTC; it decides dt",
    },
    ...columnsOf(definition.stream).map((column) => ({
      name: column.name,
      ...COLUMN_TYPES[column.reads],
      sql: fieldSql(column),
      comment: column.comment,
    })),
    { name: 'row', ...COLUMN_TYPES.text, sql: '"row"', comment: 'The whole row as the vendor wrote it, JSON' },
    {
      name: 'oversized',
      ...COLUMN_TYPES.text,
      sql: oversizedSql(oversizedTable(view)),
      comment: 'Key of the object that holds the row, where it is too large for a line; else null',
    },
    { name: 'tenant', ...COLUMN_TYPES.text, sql: 'tenant', comment: 'Whose row it is' },
    {
      name: 'dt',
      ...COLUMN_TYPES.text,
      sql: 'dt',
      comment: 'UTC date of row_time, YYYY-MM-DD; null where the row tells none. Filter by it',
    },
  ];
  // The union keeps pruning on dt (seen in Trino 476): for a dt that is asked for, no undated object is listed or read.
  const lines = `SELECT "row", tenant, dt FROM ${raw}\nUNION ALL\nSELECT "row", tenant, CAST(NULL AS varchar) AS dt FROM ${undatedRaw}`;
  return {
    name: view,
    description: `Rows of ${definition.stream}, one for each key`,
    sql: select(columns, `(\n${lines}\n) AS lines`),
    columns: columns.map(({ name, trino, hive, comment }) => ({ name, trino, hive, comment })),
  };
}

/** A column, and the expression that it shows. */
export interface ViewExpression extends ViewColumn {
  readonly sql: string;
}

/** Names are quoted, for some of them (`date`, `row`) are words of SQL. */
export function select(columns: readonly ViewExpression[], from: string): string {
  return `SELECT\n${columns.map(({ name, sql }) => `  ${sql} AS "${name}"`).join(',\n')}\nFROM ${from}`;
}
