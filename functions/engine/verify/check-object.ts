import { parseObjectKey } from '../../../contract/layout.ts';
import type { StreamDefinition } from '../../../contract/streams.ts';
import { ConvlakeError, hasCode } from '../errors.ts';
import { ChunkedArray, KeyTable } from '../partition/key-table.ts';
import type { Codec, Lake, ListedObject } from '../ports.ts';
import { digestText, type Identity, placer } from '../rows/identify.ts';
import { splitLines } from '../rows/lines.ts';
import { OVERSIZED_BYTES, oversizedReference, type RowEntry } from '../rows/oversized.ts';
import { readRow } from '../rows/read-row.ts';
import { fieldsToRead, scalarText } from '../rows/row.ts';
import type { Row } from '../source.ts';
import { type Finding, Findings } from './finding.ts';

const OPEN_OBJECT = 0x7b;

/** What checking needs. */
export interface CheckParts {
  readonly definition: StreamDefinition;
  readonly entry: RowEntry;
  readonly lake: Pick<Lake, 'read'>;
  readonly codec: Pick<Codec, 'readMembers'>;
  /** Keys may be told, and not their digests alone. */
  readonly showKeys: boolean;
}

/** What was found in an object. */
export interface CheckedObject {
  readonly rows: number;
  readonly findings: readonly Finding[];
  /** Findings beyond those that are told one by one. */
  readonly untold: number;
  /** The objects of rows too large for a line to which it refers. */
  readonly references: readonly string[];
}

/** Reads the objects of one table and tenant, and what of them is not as it should be. About 22 bytes of memory a key. */
export class TableCheck {
  readonly #parts: CheckParts;
  readonly #fields;
  readonly #place;
  readonly #keys = new KeyTable();
  readonly #objectOf = new ChunkedArray((length) => new Uint32Array(length));
  readonly #objects: string[] = [];

  constructor(parts: CheckParts) {
    this.#parts = parts;
    this.#fields = fieldsToRead(parts.definition);
    this.#place = placer(parts.definition);
  }

  /** Reads an object from its first byte to its last. @throws ConvlakeError `lake-unavailable`; `object-changed` where it is replaced meanwhile */
  async read(object: ListedObject): Promise<CheckedObject> {
    const found = new Findings(object.key);
    const references: string[] = [];
    const number = this.#objects.push(object.key) - 1;
    const { dt } = parseObjectKey(object.key) ?? {};
    let rows = 0;
    try {
      const { lake, codec } = this.#parts;
      for await (const { lines } of codec.readMembers(lake.read(object.key, object.tag), object.key)) {
        for (const line of splitLines(lines)) {
          rows++;
          const reference = oversizedReference(line);
          if (reference !== undefined) references.push(reference);
          this.#take(line, rows, { dt, number, found });
        }
      }
    } catch (error) {
      if (!hasCode(error, 'object-corrupt')) throw error;
      found.add('object-corrupt', error.message);
    }
    return { rows, references, findings: found.told, untold: found.untold };
  }

  #take(
    line: Uint8Array,
    at: number,
    { dt, number, found }: { readonly dt: string | undefined; readonly number: number; readonly found: Findings },
  ): void {
    const row = rowIn(line, this.#fields);
    if (!row) {
      found.add('not-a-row', `line ${at} is not one JSON object`);
      return;
    }
    const identity = row.bytes.length > OVERSIZED_BYTES ? this.#parts.entry.identify(row) : this.#place(row);
    if (identity.dt !== dt) {
      found.add('wrong-date', `a row of ${identity.dt ?? 'no date'} lies here`, this.#named(row, identity));
    }
    const before = this.#keys.find(identity.key);
    if (before < 0) {
      this.#objectOf.set(this.#keys.add(identity.key), number);
    } else {
      const other = this.#objects[this.#objectOf.get(before)];
      const where = other === found.object ? 'twice' : `as well as in ${other}`;
      found.add('doubled', `a key stands here ${where}`, this.#named(row, identity));
    }
  }

  #named(row: Row, identity: Pick<Identity, 'key'>): Pick<Finding, 'row' | 'key'> {
    const { definition, showKeys } = this.#parts;
    const texts = row.tokens.slice(0, definition.key.length).map(scalarText);
    const key = showKeys ? texts.find((text) => text) : undefined;
    return { row: digestText(identity.key), ...(key !== undefined && { key }) };
  }
}

function rowIn(line: Uint8Array, fields: ReturnType<typeof fieldsToRead>): Row | undefined {
  try {
    const row = readRow(line, fields);
    return row.bytes[0] === OPEN_OBJECT ? row : undefined;
  } catch (error) {
    if (error instanceof ConvlakeError) return undefined;
    throw error;
  }
}
