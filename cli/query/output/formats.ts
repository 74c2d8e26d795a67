import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { plainTable } from '../../output/plain-table.ts';
import { isNumeric, jsonOf, textOf } from './values.ts';

/** How a result is printed. */
export const FORMATS = ['table', 'csv', 'json', 'markdown'] as const;
export type Format = (typeof FORMATS)[number];

/** A column of a result. Of a list of ours, which DuckDB did not make, all are text. */
export interface ResultColumn {
  readonly name: string;
  readonly type?: DuckDBType;
}

/** Turns rows into text, piece by piece: a result may be larger than memory. */
export interface ResultWriter {
  /** What comes before the first row, with its line end. */
  readonly head: string;
  rows(rows: readonly (readonly DuckDBValue[])[]): string;
  /** What comes when all rows are there. */
  end(): string;
  /** What a reader of the result has to be told of it, for standard error; undefined for nothing. */
  note(): string | undefined;
}

/** The longest table: its columns are as wide as their widest value, so that all rows have to be there at once. */
const TABLE_ROWS = 1000;
/** The longest text in a table's cell. */
const CELL_LENGTH = 80;
/** What stands for a null where text is empty too. */
const NULL = 'NULL';

/** The writer of a result of these columns. */
export function resultWriter(format: Format, columns: readonly ResultColumn[]): ResultWriter {
  switch (format) {
    case 'table':
      return tableWriter(columns);
    case 'csv':
      return lineWriter(csvLine(columns.map(({ name }) => name)), (row) => csvLine(row.map(textIn(columns))));
    case 'json':
      return lineWriter('', jsonLine(columns));
    case 'markdown':
      return lineWriter(markdownHead(columns), (row) => markdownLine(row.map(textIn(columns))));
  }
}

function lineWriter(head: string, line: (row: readonly DuckDBValue[]) => string): ResultWriter {
  return { head, rows: (rows) => rows.map(line).join(''), end: () => '', note: () => undefined };
}

const textIn = (columns: readonly ResultColumn[]) => (value: DuckDBValue, at: number) => {
  const type = columns[at]?.type;
  return type ? textOf({ value, type }) : value === null ? undefined : String(value);
};

/** RFC 4180: CRLF, quotes doubled. A null is an empty field, and an empty text a quoted one. */
function csvLine(fields: readonly (string | undefined)[]): string {
  const quoted = (field: string) =>
    field === '' || /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
  return `${fields.map((field) => (field === undefined ? '' : quoted(field))).join(',')}\r\n`;
}

function jsonLine(columns: readonly ResultColumn[]): (row: readonly DuckDBValue[]) => string {
  const names = columns.map(({ name }) => JSON.stringify(name));
  return (row) => {
    const members = row.map((value, at) => {
      const type = columns[at]?.type;
      return `${names[at]}:${type ? jsonOf({ value, type }) : JSON.stringify(value)}`;
    });
    return `{${members.join(',')}}\n`;
  };
}

function markdownHead(columns: readonly ResultColumn[]): string {
  const rule = columns.map(({ type }) => (type && isNumeric(type) ? '---:' : '---'));
  return `${markdownLine(columns.map(({ name }) => name))}| ${rule.join(' | ')} |\n`;
}

/** A cell is one line, and ends at a bar. */
function markdownLine(fields: readonly (string | undefined)[]): string {
  const cell = (field: string) => harmless(field.replace(/[\\|<]/g, '\\$&').replace(/\r?\n|\r/g, '<br>'));
  return `| ${fields.map((field) => (field === undefined ? NULL : cell(field))).join(' | ')} |\n`;
}

function tableWriter(columns: readonly ResultColumn[]): ResultWriter {
  const kept: string[][] = [];
  let rowCount = 0;
  let cut = false;
  const cell = (text: string | undefined) => {
    const whole = harmless(text ?? NULL);
    if (whole.length <= CELL_LENGTH) return whole;
    cut = true;
    return `${whole.slice(0, CELL_LENGTH - 1).replace(/[\ud800-\udbff]$/, '')}…`; // no half of a character
  };
  return {
    head: '',
    rows(rows) {
      rowCount += rows.length;
      for (const row of rows.slice(0, TABLE_ROWS - kept.length)) kept.push(row.map(textIn(columns)).map(cell));
      return '';
    },
    end: () => `${alignedTable(columns, kept)}\n`,
    note() {
      const left = rowCount - kept.length;
      const whole = '--format csv and json have all of it';
      if (left > 0) return `the table has the first ${TABLE_ROWS} of ${rowCount} rows; ${whole}`;
      return cut ? `text is cut at ${CELL_LENGTH} characters; ${whole}` : undefined;
    },
  };
}

/** Columns of numbers stand to the right. */
function alignedTable(columns: readonly ResultColumn[], rows: readonly (readonly string[])[]): string {
  const head = columns.map(({ name }) => harmless(name));
  return plainTable(head, rows, (at) => {
    const type = columns[at]?.type;
    return type !== undefined && isNumeric(type);
  });
}

/** Vendors' text may hold what moves a terminal's cursor: control characters are shown as escapes. */
function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (control) => {
    const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[control];
    return short ?? `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
