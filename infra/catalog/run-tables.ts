import { runs } from '../../contract/columns/runs.ts';
import { COLUMN_TYPES } from '../../contract/columns.ts';
import { RUN_REPORT_DAYS, RUN_REPORTS } from '../../contract/layout.ts';
import type { SourceName } from '../../contract/streams.ts';
import { fieldSql } from './field-sql.ts';
import { dateProjection, enumProjection, type LakeTables, lineTable, type TableInput } from './glue-tables.ts';
import { select, type ViewDefinition, type ViewExpression } from './view-sql.ts';

const RAW_TABLE = 'convlake_runs_raw';

/**
 * The table of the runs' reports. It looks back thirteen months: reports are many small objects, and a deployment does not know
 * when its lake began. The stack's own bucket drops older ones.
 */
export function runsRawTable(sources: readonly SourceName[], lake: LakeTables): TableInput {
  const location = `${lake.lakeUrl}/${RUN_REPORTS}/`;
  return lineTable(RAW_TABLE, 'Reports of all runs as they lie in the lake; query convlake_runs', {
    location,
    template: `${location}source=\${source}/tenant=\${tenant}/dt=\${dt}/`,
    projection: {
      ...enumProjection('source', sources),
      ...enumProjection('tenant', lake.tenants),
      ...dateProjection('dt', `NOW-${RUN_REPORT_DAYS}DAYS,NOW+1DAYS`),
    },
    partitions: ['source', 'tenant', 'dt'],
  });
}

/** The view of the runs' reports. */
export function runsView(): ViewDefinition {
  const columns: readonly ViewExpression[] = [
    ...runs.map((column) => ({ ...COLUMN_TYPES[column.reads], ...column, sql: fieldSql(column) })),
    { name: 'row', ...COLUMN_TYPES.text, sql: '"row"', comment: 'The whole report, JSON' },
    { name: 'source', ...COLUMN_TYPES.text, sql: 'source', comment: 'Such as crescendo' },
    { name: 'tenant', ...COLUMN_TYPES.text, sql: 'tenant', comment: 'Whose run it was' },
    {
      name: 'dt',
      ...COLUMN_TYPES.text,
      sql: 'dt',
      comment: 'UTC date on which the run began, YYYY-MM-DD. Filter by it',
    },
  ];
  return {
    name: 'convlake_runs',
    sql: select(columns, RAW_TABLE),
    columns: columns.map(({ name, trino, hive, comment }) => ({ name, trino, hive, comment })),
  };
}
