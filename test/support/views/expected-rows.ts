import { Buffer } from 'node:buffer';
import { type Column, columnsOf } from '../../../contract/columns.ts';
import type { FieldPath, StreamDefinition } from '../../../contract/streams.ts';
import type { ViewDefinition } from '../../../contract/views/view-sql.ts';
import { hasCode } from '../../../functions/engine/errors.ts';
import { identifier } from '../../../functions/engine/rows/identify.ts';
import { parseInstant } from '../../../functions/engine/rows/instant.ts';
import { oversizedReference } from '../../../functions/engine/rows/oversized.ts';
import { readRow } from '../../../functions/engine/rows/read-row.ts';
import { fieldsToRead, scalarText } from '../../../functions/engine/rows/row.ts';
import type { Row } from '../../../functions/engine/source.ts';
import type { LakeLine } from '../run/live-export.ts';

/** One row of a view; instants are epoch milliseconds. */
export type ViewRow = Readonly<Record<string, string | number | boolean | null>>;

/** The row that the view must show for a line, worked out from the line's own tokens without any SQL. */
export function expectedRow(definition: StreamDefinition, tenant: string, { dt, line }: LakeLine): ViewRow {
  const bytes = Buffer.from(line);
  const fields = fieldsToRead(definition);
  const { tokens } = rowIn(bytes, fields);
  const { time } = identifier(definition)({ bytes, tokens });
  const key = tokens.slice(0, definition.key.length).map(scalarText).find(Boolean);
  const columns = columnsOf(definition.stream).map((column) => [
    column.name,
    expectedValue(column, tokenOf(bytes, column)),
  ]);
  return {
    row_key: key ?? null,
    row_time: time === undefined ? null : Math.floor(time / 1000),
    ...Object.fromEntries(columns),
    row: line,
    oversized: oversizedReference(bytes) ?? null,
    tenant,
    dt: dt ?? null,
  };
}

function tokenOf(line: Uint8Array, { path }: Column): string | undefined {
  return rowIn(line, [path]).tokens[0];
}

/** A line that is not JSON has nothing in it, and must not fail a query. */
function rowIn(line: Uint8Array, fields: readonly FieldPath[]): Row {
  try {
    return readRow(line, fields);
  } catch (error) {
    if (!hasCode(error, 'object-corrupt')) throw error;
    return { bytes: line, tokens: fields.map(() => undefined) };
  }
}

function expectedValue({ reads }: Column, token: string | undefined): ViewRow[string] {
  if (token === undefined || token === 'null') return null;
  const isScalar = !/^[[{]/.test(token);
  const text = isScalar ? (scalarText(token) ?? token) : undefined;
  switch (reads) {
    case 'text':
      return text ?? compact(token);
    case 'number':
      return text === undefined || !/^-?[0-9]/.test(text) || Number.isNaN(Number(text)) ? null : Number(text);
    case 'true-or-false':
      return text === 'true' ? true : text === 'false' ? false : null;
    case 'length':
      return token.startsWith('[') ? (JSON.parse(token) as unknown[]).length : null;
    case 'instant': {
      const instant = parseInstant(token);
      return instant === undefined ? null : Math.floor(instant / 1000);
    }
  }
}

/**
 * JSON without the blanks between its tokens. Whole numbers keep their digits; text loses its escapes, and decimals what engines do not
 * print alike: Trino shortens 1.50 to 1.5, and writes 10.0 where others write 10.
 */
function compact(token: string): string {
  return token.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\s+/g, (part) => {
    if (part.startsWith('"')) return JSON.stringify(JSON.parse(part));
    return /[.eE]/.test(part) ? String(Number(part)) : part.trim();
  });
}

/** The values that an engine gave for a row of the view, in its columns' order. */
export function viewRowOf({ columns }: Pick<ViewDefinition, 'columns'>, values: readonly unknown[]): ViewRow {
  return Object.fromEntries(
    columns.map(({ name, hive }, at) => {
      const value = plain(hive, values[at]);
      // Arrays and objects as text: Trino writes characters beyond the BMP as escapes, DuckDB does not.
      return [name, name !== 'row' && typeof value === 'string' && /^[[{]/.test(value) ? compact(value) : value];
    }),
  );
}

function plain(type: string, value: unknown): ViewRow[string] {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value !== 'string') throw new Error(`a ${typeof value} came for a ${type}`);
  return type === 'timestamp' ? Date.parse(`${value.replace(' ', 'T')}Z`) : value;
}

/** Rows in an order of their own, so that two engines' can be compared. */
export function sortedRows(rows: readonly ViewRow[]): readonly ViewRow[] {
  return [...rows].sort((a, b) => (String(a['row']) < String(b['row']) ? -1 : 1));
}
