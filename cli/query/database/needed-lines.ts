import type { DuckDBConnection } from '@duckdb/node-api';
import type { RawTable } from '../../../contract/views/raw-tables.ts';
import { PLAN_SCHEMA, quoted } from './raw-views.ts';

/** The values of a partition's columns, by their names; null where Hive has none. */
export type Partition = Readonly<Record<string, string | null>>;

/** The lines of a raw table that a statement can need. */
export interface NeededLines {
  readonly table: RawTable;
  /** Which of these partitions they can lie in, by their places in the list. */
  among(partitions: readonly Partition[]): Promise<ReadonlySet<number>>;
}

/**
 * What a statement can need of the raw tables, which have to be those of `PLAN_SCHEMA` at the moment: DuckDB says in its plan which it
 * scans, and with what filters. Nothing for a statement that it cannot plan: that fails, or needs no table.
 */
export async function neededLines(
  connection: DuckDBConnection,
  sql: string,
  tables: readonly RawTable[],
): Promise<readonly NeededLines[]> {
  const scans = await scansOf(connection, sql);
  return tables.flatMap((table) => {
    const own = scans.filter(({ name }) => name === table.name);
    if (own.length === 0) return [];
    return [{ table, among: (partitions) => matching(connection, table, partitions, own) }];
  });
}

/** One reading of a raw table, and what DuckDB drops at once, as conditions that all hold of what it reads. */
interface Scan {
  readonly name: string;
  readonly filters: readonly string[];
}

async function scansOf(connection: DuckDBConnection, sql: string): Promise<readonly Scan[]> {
  // Statistics of the empty tables would tell the planner that there is nothing to read.
  await connection.run(`SET disabled_optimizers = 'statistics_propagation'`);
  try {
    const planned = sql.replace(/^EXPLAIN(?:\s+ANALYZE)?\s+/i, '');
    const plan = await connection.runAndReadAll(`EXPLAIN (FORMAT json) ${planned}`);
    return plan.getRowsJson().flatMap(([, text]) => scansIn(JSON.parse(String(text))));
  } catch {
    return [];
  } finally {
    await connection.run('RESET disabled_optimizers');
  }
}

function scansIn(node: unknown): readonly Scan[] {
  if (Array.isArray(node)) return node.flatMap(scansIn);
  if (typeof node !== 'object' || node === null) return [];
  const { children, extra_info: facts }: { children?: unknown; extra_info?: unknown } = node;
  const own = typeof facts === 'object' && facts !== null ? scanOf(facts) : [];
  return [...own, ...scansIn(children)];
}

function scanOf({ Table: table, Filters: filters }: { Table?: unknown; Filters?: unknown }): readonly Scan[] {
  const name = String(table).split(`.${PLAN_SCHEMA}.`)[1];
  return name === undefined ? [] : [{ name, filters: [filters ?? []].flat().map(String) }];
}

/** A filter that cannot be held against a partition alone leaves nothing out. */
async function matching(
  connection: DuckDBConnection,
  { partitions: names }: RawTable,
  partitions: readonly Partition[],
  scans: readonly Scan[],
): Promise<ReadonlySet<number>> {
  if (partitions.length === 0) return new Set();
  const rows = partitions.map(
    (partition, at) => `(${[at, ...names.map((name) => literal(partition[name]))].join(', ')})`,
  );
  const listed = `(VALUES ${rows.join(', ')}) AS listed(place, ${names.join(', ')})`;
  const places = new Set<number>();
  for (const { filters } of scans) {
    for (const place of await placesWhere(connection, listed, filters)) places.add(place);
  }
  return places;
}

async function placesWhere(
  connection: DuckDBConnection,
  listed: string,
  filters: readonly string[],
): Promise<readonly number[]> {
  const usable: string[] = [];
  for (const filter of filters.map((text) => `(${text.replace(/^optional: /, '')})`)) {
    if (await succeeds(connection.run(`SELECT ${filter} FROM ${listed} LIMIT 0`))) usable.push(filter);
  }
  const placesWith = async (where: string) => {
    const found = await connection.runAndReadAll(`SELECT place FROM ${listed} WHERE ${where}`);
    return found.getRowsJson().map(([place]) => Number(place));
  };
  // A filter may fail on a value, as a cast does.
  return placesWith(['true', ...usable].join(' AND ')).catch(() => placesWith('true'));
}

function succeeds(step: Promise<unknown>): Promise<boolean> {
  return step.then(
    () => true,
    () => false,
  );
}

function literal(value: string | null | undefined): string {
  return value == null ? 'NULL' : quoted(value);
}
