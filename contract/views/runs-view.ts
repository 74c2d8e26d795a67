import { runs } from '../columns/runs.ts';
import { COLUMN_TYPES } from '../columns.ts';
import { RUN_REPORTS } from '../layout.ts';
import { fieldSql } from './field-sql.ts';
import { select, type ViewDefinition, type ViewExpression } from './view-sql.ts';

/** The raw table of the runs' reports. */
export const RUNS_RAW_TABLE = `${RUN_REPORTS}_raw`;

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
    name: RUN_REPORTS,
    description: 'Reports of all runs, a row each',
    sql: select(columns, RUNS_RAW_TABLE),
    columns: columns.map(({ name, trino, hive, comment }) => ({ name, trino, hive, comment })),
  };
}
