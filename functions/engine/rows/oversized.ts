import { Buffer } from 'node:buffer';
import { oversizedKey, parseOversizedKey } from '../../../contract/layout.ts';
import type { FieldPath, StreamDefinition, VolatilePath } from '../../../contract/streams.ts';
import type { Row } from '../source.ts';
import { digestText, type Identity, identifier } from './identify.ts';
import { bufferOf } from './lines.ts';
import { endsLikeStub, fieldsToRead } from './row.ts';

/**
 * A row of more bytes is too large for a line: Athena refuses a line of 32 MB (docs.aws.amazon.com/athena/latest/ug/service-limits.html),
 * and one row must not stop its stream.
 */
export const OVERSIZED_BYTES = 24 * 1024 * 1024;

/** So many of the longest tokens of a stub, in UTF-8, are less than a row that is too large. */
const TOKENS_PER_LIMIT = 32;
/** A stub ends with its reference, and a reference is never longer. */
const REFERENCE_BYTES = 512;
const REFERENCE = /"oversized":"([^"\\]+)"\}$/;

/** A row that is too large for a line, and the key of the object that takes it whole. */
export interface Oversized {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** A row with what is known of it. */
export interface IdentifiedRow {
  /** The line: the row itself, or the stub that stands for it. */
  readonly row: Row;
  readonly identity: Identity;
  /** Of a row that is too large for a line: then `row` and `identity` are those of its stub. */
  readonly oversized?: Oversized;
}

/** Where rows enter: all that comes from the vendor or out of an object passes through here. */
export interface RowEntry {
  /** Takes a row in that was read from the vendor. */
  take(row: Row): IdentifiedRow;
  /** Identifies a line of an object. */
  identify(line: Row): Identity;
}

/** What an entry is made from. */
export interface RowEntrySettings {
  readonly definition: StreamDefinition;
  readonly tenant: string;
  /** Fields by which rows are not compared. Default: none. */
  readonly volatile?: readonly VolatilePath[] | undefined;
  /** Rows of more bytes are too large for a line. Default: `OVERSIZED_BYTES`. */
  readonly oversizedBytes?: number | undefined;
}

/**
 * The entry of one stream and tenant. A row that is too large is identified by its stub from the beginning, so that it is the same row
 * when it is read and when its stub is found in an object, and one that grows beyond the limit or shrinks below it keeps its key.
 */
export function rowEntry(settings: RowEntrySettings): RowEntry {
  const { definition, tenant, volatile, oversizedBytes = OVERSIZED_BYTES } = settings;
  const fields = fieldsToRead(definition);
  const identify = identifier(definition, volatile);

  const stand = ({ bytes, tokens }: Row): Required<IdentifiedRow> => {
    const kept = tokens.map((token) => (isShort(token, oversizedBytes) ? token : undefined));
    const { key, content, whole = content, dt } = identify({ bytes, tokens: kept });
    const place = { table: definition.table, tenant, dt };
    const object = oversizedKey(place, `${digestText(key)}-${digestText(whole)}`);
    const row = { bytes: stub(fields, kept, object), tokens: kept };
    return { row, identity: identify(row), oversized: { key: object, bytes } };
  };

  return {
    take: (row) => (row.bytes.length > oversizedBytes ? stand(row) : { row, identity: identify(row) }),
    identify(line) {
      const identity = identify(line);
      // Written before there was a limit: a row without a key must be known by its stub, or it would stand there twice.
      return line.bytes.length > oversizedBytes ? { ...identity, key: stand(line).identity.key } : identity;
    },
  };
}

/** The key of the object that a line refers to; undefined for a line that is a row itself. */
export function oversizedReference(line: Uint8Array): string | undefined {
  if (!endsLikeStub(line)) return undefined;
  const bytes = bufferOf(line);
  const [, key = ''] = REFERENCE.exec(bytes.toString('latin1', Math.max(0, bytes.length - REFERENCE_BYTES))) ?? [];
  return parseOversizedKey(key) && key;
}

/** Neither an object nor an array is a key, a time, a version or a status, and a stub must be short. */
function isShort(token: string | undefined, oversizedBytes: number): boolean {
  return token !== undefined && !/^[{[]/.test(token) && token.length * TOKENS_PER_LIMIT <= oversizedBytes;
}

interface Told {
  readonly path: readonly string[];
  readonly token: string;
}

/** The line that stands for a row: the fields that the engine reads, as the vendor wrote them and where the vendor has them. */
function stub(fields: readonly FieldPath[], tokens: Row['tokens'], object: string): Uint8Array {
  const told = fields.flatMap((path, slot): Told[] => {
    const token = tokens[slot];
    return token === undefined ? [] : [{ path, token }];
  });
  const members = membersOf([...told, { path: ['oversized'], token: JSON.stringify(object) }]);
  return Buffer.from(`{${members}}`);
}

function membersOf(told: readonly Told[]): string {
  const byName = Map.groupBy(told, ({ path }) => path[0] ?? '');
  const members = [...byName].map(([name, same]) => {
    const own = same.find(({ path }) => path.length === 1);
    const inner = () => `{${membersOf(same.map(({ path, token }) => ({ path: path.slice(1), token })))}}`;
    return `${JSON.stringify(name)}:${own ? own.token : inner()}`;
  });
  return members.join(',');
}
