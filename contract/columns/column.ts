import type { FieldPath } from '../streams.ts';

/**
 * How a column reads its field. `instant` takes ISO 8601 text and epoch numbers, as the engine does for a row's own time; `length` is
 * the number of elements of an array.
 */
export type Reading = 'text' | 'number' | 'true-or-false' | 'instant' | 'length';

/** One typed column of a view, and the field of the row that it shows. */
export interface Column {
  /** snake_case, as a query names it. */
  readonly name: string;
  /** Names may hold blanks. */
  readonly path: FieldPath;
  readonly reads: Reading;
  /** For the people who query: what it means, where the name does not say so. At most 255 bytes, Glue's limit. */
  readonly comment: string;
}

/**
 * What a reading makes of a field, as Trino (Athena's engine) and as Hive (Glue's words) call the type. Measures are doubles,
 * also where the vendor documents whole numbers: a bigint would show null for `4.0`. A time with zone is not a Hive type, so
 * instants are plain timestamps in UTC.
 */
export const COLUMN_TYPES = {
  text: { trino: 'varchar', hive: 'string' },
  number: { trino: 'double', hive: 'double' },
  'true-or-false': { trino: 'boolean', hive: 'boolean' },
  instant: { trino: 'timestamp(3)', hive: 'timestamp' },
  length: { trino: 'double', hive: 'double' },
} as const satisfies Readonly<Record<Reading, { readonly trino: string; readonly hive: string }>>;

/**
 * The column name that a field's name becomes: words parted where lower case meets upper case and at everything that is no
 * letter or digit, in lower case. `DatetimeUTC` is `datetime_utc`, `Handoff Reason` is `handoff_reason`.
 */
export function columnName(path: FieldPath): string {
  return path
    .join('_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();
}

type Written = string | FieldPath;

/** Makes a column: `name` only where the rule of `columnName` reads badly, as it does for `CSat`. */
function column(reads: Reading) {
  return (field: Written, comment: string, name?: string): Column => {
    const path = typeof field === 'string' ? ([field] as const) : field;
    return { name: name ?? columnName(path), path, reads, comment };
  };
}

/** Text as it is; numbers as they are written, so that ids keep every digit; arrays and objects as JSON text. */
export const text = column('text');
/** A number; also one that is written as text. */
export const number = column('number');
export const trueOrFalse = column('true-or-false');
/** An instant in UTC; digits below a millisecond are cut off. */
export const instant = column('instant');
/** How many elements an array has; null where there is none. */
export const length = column('length');
