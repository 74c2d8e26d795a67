import { Buffer } from 'node:buffer';
import { type Column, columnsOf, DETAIL_FIELDS } from '../../../contract/columns.ts';
import { type DetailStreamName, isDetailStream, listStream, type StreamName } from '../../../contract/streams.ts';
import type { RetypedField } from '../settings.ts';

/** How much of a run is looked at: parsing that costs it milliseconds, whatever its length. */
const MOST_ROWS = 500;
const MOST_BYTES = 4_000_000;
/** Rows of a page that are looked at. */
const ROWS_OF_PAGE = 8;
/** What lines of detail streams have the vendor's own object under. */
const DETAIL = 'detail';
/** How many fields are told of either kind; a vendor that takes ids for names must not fill reports. */
const MOST_FIELDS = 50;

/** Whether a column shows a value that is not null. */
type Shows = (value: unknown) => boolean;

/** The fields of a stream that its columns show, by name. */
export type KnownFields = ReadonlyMap<string, Shows>;

/** A row as far as drift is concerned: not one that is too large for a line, whose stub is not what the vendor sent. */
interface Seen {
  readonly row: { readonly bytes: Uint8Array };
  readonly oversized?: unknown;
}

/** What the column catalogue knows of a stream's rows; of a detail stream, of its details. */
export function knownFields(stream: StreamName): KnownFields {
  return isDetailStream(stream) ? fieldsOfDetail(stream) : shownBy(columnsOf(stream));
}

/** Its own columns, and what is known to be there besides: a detail may have all that the row of its list has. */
function fieldsOfDetail(stream: DetailStreamName): KnownFields {
  const inside = columnsOf(stream).flatMap(({ path: [outer, name, ...inner], reads }): Shown[] =>
    outer === DETAIL && name !== undefined ? [{ path: [name, ...inner], reads }] : [],
  );
  const besides = [...columnsOf(listStream(stream)).map(({ path }) => path[0]), ...DETAIL_FIELDS[stream]];
  return new Map([...besides.map((name) => [name, () => true] as const), ...shownBy(inside)]);
}

type Shown = Pick<Column, 'path' | 'reads'>;

function shownBy(columns: readonly Shown[]): KnownFields {
  const byField = Map.groupBy(columns, ({ path }) => path[0]);
  return new Map([...byField].map(([name, own]) => [name, showsAll(own)]));
}

/**
 * What the vendor's rows have at their top level that the column catalogue does not expect, in a sample of them: fields without a
 * column, and fields whose column shows null though there is a value. Names alone, never values, and only what reads like a name.
 */
export class Drift {
  readonly #known: KnownFields;
  readonly #added = new Set<string>();
  readonly #retyped = new Map<string, RetypedField>();
  #pages = 0;
  #rowsLeft = MOST_ROWS;
  #bytesLeft = MOST_BYTES;

  constructor(known: KnownFields) {
    this.#known = known;
  }

  /** Fields that no column shows, in the order of their names. */
  get added(): readonly string[] {
    return [...this.#added].sort();
  }

  /** Fields whose column shows null, in the order of their names. */
  get retyped(): readonly RetypedField[] {
    return [...this.#retyped.values()].sort((a, b) => (a.field < b.field ? -1 : 1));
  }

  /** Looks at the first row of a page and at some of the others, other ones on each page. */
  page(rows: readonly Seen[]): void {
    const step = Math.ceil(rows.length / ROWS_OF_PAGE);
    const shift = this.#pages++ % Math.max(1, step);
    for (let index = 0; index < rows.length && this.#rowsLeft > 0; index += step) {
      const { row, oversized } = rows[index === 0 ? 0 : Math.min(index + shift, rows.length - 1)] ?? {};
      if (!row || row.bytes.length > this.#bytesLeft) return;
      if (oversized) continue;
      this.#look(this.#parsed(row.bytes));
    }
  }

  /** Looks at the detail in a line of a detail stream, if it has one. */
  line({ row: { bytes }, oversized }: Seen): void {
    if (oversized || this.#rowsLeft === 0 || bytes.length > this.#bytesLeft) return;
    const line = this.#parsed(bytes);
    if (typeof line === 'object' && line !== null)
      this.#look(Object.entries(line).find(([name]) => name === DETAIL)?.[1]);
  }

  #parsed({ buffer, byteOffset, byteLength }: Uint8Array): unknown {
    this.#rowsLeft--;
    this.#bytesLeft -= byteLength;
    return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString());
  }

  #look(row: unknown): void {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return;
    for (const [field, value] of Object.entries(row)) {
      const shows = this.#known.get(field);
      if (!shows) this.#add(field);
      else if (value !== null && !shows(value) && this.#retyped.size < MOST_FIELDS) {
        this.#retyped.set(field, { field, type: typeOf(value) });
      }
    }
  }

  #add(field: string): void {
    if (this.#added.size < MOST_FIELDS && isName(field)) this.#added.add(field);
  }
}

/** Words, as vendors name fields; ids, addresses and numbers of telephones have more digits or other signs. */
function isName(field: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_ .-]{0,63}$/.test(field) && field.replace(/[^0-9]/g, '').length <= 4;
}

/** A column of text shows whatever there is, so such a field is never retyped; of one with a name inside, it must be an object. */
function showsAll(columns: readonly Shown[]): Shows {
  const each = columns.map(({ path, reads }) => (path.length > 1 ? isObject : shown[reads]));
  return (value) => each.every((shows) => shows(value));
}

const shown: Readonly<Record<Column['reads'], Shows>> = {
  text: () => true,
  number: (value) => typeof value === 'number' || (typeof value === 'string' && isNumber(value)),
  'true-or-false': (value) => typeof value === 'boolean' || value === 'true' || value === 'false',
  instant: (value) => typeof value === 'number' || typeof value === 'string',
  length: (value) => Array.isArray(value),
};

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

function isObject(value: unknown): boolean {
  return typeOf(value) === 'object';
}

/** Of a JSON value other than null. */
function typeOf(value: unknown): RetypedField['type'] {
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object';
}
