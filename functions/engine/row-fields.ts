import type { Buffer } from 'node:buffer';
import type { FieldPath } from '../../contract/streams.ts';
import { byteAt, Code, endOfPlain, JsonFault, skipByte, skipSpace, skipString, skipValue } from './json-scanner.ts';

/** JSON text as the readers of rows need it: to scan and to decode. Both show the same bytes. */
export interface JsonText {
  readonly view: DataView;
  readonly bytes: Buffer;
}

/** The names to look for in one object. */
export interface WantedNames {
  readonly names: readonly WantedName[];
  /** Bit `n % 32` is set when a name of n bytes is wanted: spares nearly every comparison. */
  readonly lengths: number;
}

interface WantedName {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** Where the raw token goes. */
  readonly slots: readonly number[];
  /** What is wanted of the object that this name holds. */
  readonly inner: WantedNames | undefined;
}

const prepared = new WeakMap<readonly FieldPath[], WantedNames>();

/** What `readFields` must look for; kept per array of fields, as a stream asks for the same array with every line. */
export function wantedNames(fields: readonly FieldPath[]): WantedNames {
  const known = prepared.get(fields);
  if (known) return known;
  const wanted = prepare(
    fields.map(([outer, inner], slot) => ({ path: inner === undefined ? [outer] : [outer, inner], slot })),
  );
  prepared.set(fields, wanted);
  return wanted;
}

function prepare(fields: readonly { readonly path: readonly string[]; readonly slot: number }[]): WantedNames {
  const byName = Map.groupBy(fields, ({ path }) => path[0] ?? '');
  if (byName.size > 32) throw new RangeError(`at most 32 names can be read of an object, not ${byName.size}`);
  const names = [...byName].map(([text, same]) => {
    const deeper = same.filter(({ path }) => path.length > 1);
    return {
      text,
      bytes: new TextEncoder().encode(text),
      slots: same.filter(({ path }) => path.length === 1).map(({ slot }) => slot),
      inner: deeper.length === 0 ? undefined : prepare(deeper.map(({ path, slot }) => ({ path: path.slice(1), slot }))),
    };
  });
  return { names, lengths: names.reduce((bits, { bytes }) => bits | (1 << (bytes.length & 31)), 0) };
}

/**
 * Passes the object that begins at `at` and puts the raw tokens of the wanted names into their slots. Of a name that stands
 * twice the first counts, whatever it holds; names are compared without their escapes.
 * @throws JsonFault
 */
export function readFields(text: JsonText, at: number, wanted: WantedNames, tokens: (string | undefined)[]): number {
  const { view } = text;
  const { names, lengths } = wanted;
  let seen = 0;
  at = skipSpace(view, skipByte(view, at, Code.openObject));
  if (byteAt(view, at) === Code.closeObject) return at + 1;
  for (;;) {
    const nameFrom = skipByte(view, at, Code.quote);
    let nameEnd = endOfPlain(view, nameFrom);
    let index = -1;
    if (byteAt(view, nameEnd) === Code.quote) {
      const length = nameEnd - nameFrom;
      if (((lengths >>> (length & 31)) & 1) === 1) index = indexOfName(view, nameFrom, length, names);
    } else {
      nameEnd = skipString(view, nameEnd) - 1;
      index = indexOfEscaped(text, nameFrom, nameEnd, names);
    }
    at = skipByte(view, skipBlank(view, nameEnd + 1), Code.colon);
    at = skipBlank(view, at);

    const name = index >= 0 && ((seen >>> index) & 1) === 0 ? names[index] : undefined;
    const from = at;
    if (name?.inner && byteAt(view, at) === Code.openObject) at = readFields(text, at, name.inner, tokens);
    else at = byteAt(view, at) === Code.quote ? skipString(view, at + 1) : skipValue(view, at);
    if (name) {
      seen |= 1 << index;
      if (name.slots.length > 0) {
        const token = tokenText(text, from, at);
        for (const slot of name.slots) tokens[slot] = token;
      }
    }

    at = skipBlank(view, at);
    const code = byteAt(view, at);
    if (code === Code.closeObject) return at + 1;
    if (code !== Code.comma) throw new JsonFault('"," or "}"', at);
    at = skipBlank(view, at + 1);
  }
}

/** skipSpace, for places where rows as vendors write them have none. */
function skipBlank(view: DataView, at: number): number {
  return byteAt(view, at) > 0x20 ? at : skipSpace(view, at);
}

function indexOfName(view: DataView, from: number, length: number, names: readonly WantedName[]): number {
  return names.findIndex(
    ({ bytes }) => bytes.length === length && bytes.every((byte, i) => view.getUint8(from + i) === byte),
  );
}

function indexOfEscaped(text: JsonText, from: number, end: number, names: readonly WantedName[]): number {
  const unescaped: unknown = JSON.parse(text.bytes.toString('utf8', from - 1, end + 1));
  return names.findIndex((name) => name.text === unescaped);
}

/** A token as text. Line breaks between the tokens of an array or object go, as they do from the row. */
function tokenText({ view, bytes }: JsonText, from: number, end: number): string {
  const token = bytes.toString('utf8', from, end);
  const first = view.getUint8(from);
  return first === Code.openObject || first === Code.openArray ? token.replace(/[\r\n]+/g, '') : token;
}
