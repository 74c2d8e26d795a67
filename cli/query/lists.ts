import type { StreamDefinition } from '../../contract/streams.ts';
import { namedQueries } from '../../contract/views/named-queries.ts';
import type { NamedQuery } from '../../contract/views/named-query.ts';
import { LINE_COLUMN, lakeTables } from '../../contract/views/raw-tables.ts';

/** A list of ours, printed as the result of a query is. */
export interface List {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What can be asked of a lake: its tables and the queries that a deployment has names for. */
export interface LakeCatalogue {
  readonly tables: ReturnType<typeof lakeTables>;
  readonly queries: readonly NamedQuery[];
}

/** The catalogue of a lake of these streams, as a deployment of them has it. */
export function lakeCatalogue(definitions: readonly StreamDefinition[]): LakeCatalogue {
  const different = [...new Set(definitions)];
  return { tables: lakeTables(different), queries: namedQueries(different) };
}

/** Every table, views first, and what each is. */
export function tableList({ tables }: LakeCatalogue): List {
  return {
    columns: ['table', 'what it holds'],
    rows: [...tables.views, ...tables.raw].map(({ name, description }) => [name, description]),
  };
}

/** Every named query, and what it shows. */
export function namedQueryList({ queries }: LakeCatalogue): List {
  return { columns: ['query', 'what it shows'], rows: queries.map(({ name, description }) => [name, description]) };
}

/** The columns of a table with the types that Glue, and so Athena, has for them; undefined for no table of the lake. */
export function columnList({ tables }: LakeCatalogue, table: string): List | undefined {
  const columns = ['column', 'type', 'comment'];
  const view = tables.views.find(({ name }) => name === table);
  if (view) return { columns, rows: view.columns.map(({ name, hive, comment }) => [name, hive, comment]) };
  const raw = tables.raw.find(({ name }) => name === table);
  if (!raw) return undefined;
  const partitions = raw.partitions.map((name) => [name, LINE_COLUMN.hive, 'Of the folders that the lines lie in']);
  return { columns, rows: [[LINE_COLUMN.name, LINE_COLUMN.hive, LINE_COLUMN.comment], ...partitions] };
}
