import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';

/** A value of a result, and its type. */
interface Typed {
  readonly value: DuckDBValue;
  readonly type: DuckDBType;
}

/**
 * The value as text, without anything lost: integers of any size, decimals with all their digits, times as Athena prints them.
 * Undefined for a null. Lists, structs and maps are JSON.
 */
export function textOf({ value, type }: Typed): string | undefined {
  if (value === null) return undefined;
  if (typeof value !== 'object') return String(value);
  return isNested(value) ? jsonOf({ value, type }) : printed(value, type);
}

/** The value as a JSON token. Numbers keep all their digits, so that a reader has to know integers beyond 2^53; what JSON has no number for is text. */
export function jsonOf({ value, type }: Typed): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return JSON.stringify(Number.isFinite(value) ? value : String(value));
  // A line break in JSON can only stand between tokens.
  if (typeof value === 'string') return isJson(type) ? value.replace(/[\r\n]/g, ' ') : JSON.stringify(value);
  if ('width' in type) return printed(value, type); // a decimal
  return isNested(value) ? nestedJson(value, type) : JSON.stringify(printed(value, type));
}

/** True for a type whose values are compared digit by digit, and stand to the right. */
export function isNumeric(type: DuckDBType): boolean {
  return /INT$|^INTEGER$|^UINTEGER$|^DOUBLE$|^FLOAT$|^DECIMAL|^BIGNUM$/.test(type.toString());
}

type MapEntries = readonly { readonly key: DuckDBValue; readonly value: DuckDBValue }[];
type StructEntries = Readonly<Record<string, DuckDBValue>>;

/** A list or an array, or a struct or a map. */
type Nested = { readonly items: readonly DuckDBValue[] } | { readonly entries: StructEntries | MapEntries };

function isNested(value: object): value is Nested {
  return 'items' in value || 'entries' in value;
}

function nestedJson(value: Nested, type: DuckDBType): string {
  if ('items' in value) {
    const of = 'valueType' in type ? type.valueType : type;
    return `[${value.items.map((item) => jsonOf({ value: item, type: of })).join(',')}]`;
  }
  const members = isMap(value.entries) ? mapMembers(value.entries, type) : structMembers(value.entries, type);
  return `{${members.map(([name, token]) => `${JSON.stringify(name)}:${token}`).join(',')}}`;
}

function isMap(entries: StructEntries | MapEntries): entries is MapEntries {
  return Array.isArray(entries);
}

function mapMembers(entries: MapEntries, type: DuckDBType): readonly (readonly [string, string])[] {
  const [keys, values] = 'keyType' in type ? [type.keyType, type.valueType] : [type, type];
  return entries.map(({ key, value }) => [
    textOf({ value: key, type: keys }) ?? 'null',
    jsonOf({ value, type: values }),
  ]);
}

function structMembers(entries: StructEntries, type: DuckDBType): readonly (readonly [string, string])[] {
  const types = 'entryTypes' in type ? type.entryTypes : [];
  return Object.entries(entries).map(([name, value], at) => [name, jsonOf({ value, type: types[at] ?? type })]);
}

function isJson(type: DuckDBType): boolean {
  return type.alias === 'JSON';
}

/** A timestamp of milliseconds has three digits, as Athena prints it; everything else is as DuckDB prints it. */
function printed(value: object, type: DuckDBType): string {
  const text = String(value);
  if (type.toString() !== 'TIMESTAMP_MS') return text;
  const [whole = '', fraction = ''] = text.split('.');
  return /\d$/.test(text) ? `${whole}.${fraction.padEnd(3, '0')}` : text; // not of infinity
}
