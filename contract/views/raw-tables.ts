import { COLUMN_TYPES } from '../columns.ts';
import { RUN_REPORTS } from '../layout.ts';
import type { StreamDefinition } from '../streams.ts';
import { RUNS_RAW_TABLE, runsView } from './runs-view.ts';
import { turnsView } from './turn-views.ts';
import { streamView, tableNames, type ViewColumn, type ViewDefinition } from './view-sql.ts';

/** A raw table: lines as they lie in the lake, and the folders they lie in as columns. */
export interface RawTable {
  /** As a query names it. */
  readonly name: string;
  /** What it holds, for a list of tables. */
  readonly description: string;
  /** The folder of the lake that its objects lie under, without a slash at its end. */
  readonly folder: string;
  /** Which of them: those in folders of days, or those of lines without a usable time. */
  readonly holds: 'dated' | 'undated' | 'reports';
  /** Names of the partition columns, outermost first. All are text. */
  readonly partitions: readonly string[];
}

/** The one column of a raw table that is not a partition. */
export const LINE_COLUMN: ViewColumn = { name: 'row', ...COLUMN_TYPES.text, comment: 'One line: a JSON object' };

/** The raw tables of a stream: its dated lines, and those without a usable time. */
export function rawTables(definition: StreamDefinition): Readonly<Record<'raw' | 'undatedRaw', RawTable>> {
  const { stream, table } = definition;
  const { raw, undatedRaw } = tableNames(definition);
  return {
    raw: {
      name: raw,
      description: `Lines of ${stream} as they lie in the lake; query ${table}`,
      folder: table,
      holds: 'dated',
      partitions: ['tenant', 'dt'],
    },
    undatedRaw: {
      name: undatedRaw,
      description: `Lines of ${stream} without a usable time; query ${table}`,
      folder: table,
      holds: 'undated',
      partitions: ['tenant'],
    },
  };
}

/** The raw table of the runs' reports. */
export const runsRawTable: RawTable = {
  name: RUNS_RAW_TABLE,
  description: 'Reports of all runs as they lie in the lake; query convlake_runs',
  folder: RUN_REPORTS,
  holds: 'reports',
  partitions: ['source', 'tenant', 'dt'],
};

/** Every table that a lake of these streams has for those who query it; a view comes after what it is made from. */
export function lakeTables(definitions: readonly StreamDefinition[]): {
  readonly views: readonly ViewDefinition[];
  readonly raw: readonly RawTable[];
} {
  return {
    views: [
      ...definitions.flatMap((definition) => [streamView(definition), turnsView(definition.stream) ?? []].flat()),
      runsView(),
    ],
    raw: [...definitions.flatMap((definition) => Object.values(rawTables(definition))), runsRawTable],
  };
}
