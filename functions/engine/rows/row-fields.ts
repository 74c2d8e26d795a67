import type { FieldPath } from '../../../contract/streams.ts';
import {
  byteAt,
  Code,
  endOfPlain,
  JsonFault,
  skipByte,
  skipScalar,
  skipSpace,
  skipString,
  skipValue,
} from './json-scanner.ts';
import type { JsonText } from './json-text.ts';

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
  /** Where what tells of its kind goes. */
  readonly kinds: readonly number[];
  /** What is wanted of the object that this name holds. */
  readonly inner: WantedNames | undefined;
}

/** At the end of a path: of an array or an object no more is read than what tells whether it is empty. It may have megabytes. */
export const KIND = '?';

type Slotted = { readonly path: readonly string[]; readonly slot: number };

/** A stream asks for the same array of fields with every line, so what follows from it is kept. */
const prepared = new WeakMap<readonly FieldPath[], WantedNames>();

/** What `readFields` looks for; the slot of a field is its index in `fields`. @throws RangeError for more than 32 names */
export function wantedNames(fields: readonly FieldPath[]): WantedNames {
  let wanted = prepared.get(fields);
  if (!wanted) {
    wanted = prepare(fields.map((path, slot) => ({ path, slot })));
    prepared.set(fields, wanted);
  }
  return wanted;
}

function prepare(fields: readonly Slotted[]): WantedNames {
  const byName = Map.groupBy(fields, ({ path }) => path[0] ?? '');
  if (byName.size > 32) throw new RangeError(`at most 32 names of an object can be read, not ${byName.size}`);
  const names = [...byName].map(([text, same]) => {
    const deeper = same.flatMap(({ path: [, ...path], slot }) =>
      path.length > 0 && !isKind(path) ? [{ path, slot }] : [],
    );
    return {
      text,
      bytes: new TextEncoder().encode(text),
      slots: same.flatMap(({ path, slot }) => (path.length > 1 ? [] : [slot])),
      kinds: same.flatMap(({ path: [, ...path], slot }) => (isKind(path) ? [slot] : [])),
      inner: deeper.length === 0 ? undefined : prepare(deeper),
    };
  });
  return { names, lengths: names.reduce((bits, { bytes }) => bits | (1 << (bytes.length & 31)), 0) };
}

function isKind(path: readonly string[]): boolean {
  return path.length === 1 && path[0] === KIND;
}

/**
 * Passes the object whose opening bracket is at `at`, and puts the raw tokens of wanted names into their slots. Of a name that
 * stands twice the first counts, whatever it holds; names are compared as they read without their escapes.
 *
 * Most bytes of an export pass through here, so the scanner's small functions are written out on the way of rows as vendors
 * send them: V8 stops inlining them in a function of this size, and the calls cost a quarter of the speed.
 * @throws JsonFault
 */
function readFields(text: JsonText, at: number, wanted: WantedNames, tokens: (string | undefined)[]): number {
  const { view, end } = text;
  const { names, lengths } = wanted;
  let seen = 0;
  at = skipSpace(view, at + 1, end);
  if (byteAt(view, at, end) === Code.closeObject) return at + 1;
  for (;;) {
    if (at >= end || view.getUint8(at) !== Code.quote) throw new JsonFault('a name', at);
    const nameFrom = at + 1;
    at = endOfPlain(view, nameFrom, end);
    let index = -1;
    if (at < end && view.getUint8(at) === Code.quote) {
      const length = at - nameFrom;
      if (((lengths >>> (length & 31)) & 1) === 1) index = indexOfName(view, nameFrom, length, names);
      at++;
    } else {
      at = skipString(view, at, end);
      index = indexOfEscaped(text, nameFrom - 1, at, names);
    }
    if (at < end && view.getUint8(at) === Code.colon) at++;
    else at = skipByte(view, skipSpace(view, at, end), end, Code.colon);
    if (at < end && view.getUint8(at) <= 0x20) at = skipSpace(view, at, end);

    const from = at;
    const code = at < end ? view.getUint8(at) : 0;
    const name = index >= 0 && ((seen >>> index) & 1) === 0 ? names[index] : undefined;
    if (code === Code.quote) {
      at = endOfPlain(view, at + 1, end);
      at = at < end && view.getUint8(at) === Code.quote ? at + 1 : skipString(view, at, end);
    } else if (code === Code.openObject && name?.inner) at = readFields(text, at, name.inner, tokens);
    else
      at = code === Code.openObject || code === Code.openArray ? skipValue(view, at, end) : skipScalar(view, at, end);
    if (name) {
      seen |= 1 << index;
      keepToken(text, from, at, name.slots, tokens);
      for (const slot of name.kinds) tokens[slot] = kindToken(text, from, at);
    }

    if (at < end && view.getUint8(at) <= 0x20) at = skipSpace(view, at, end);
    const after = at < end ? view.getUint8(at) : 0;
    if (after === Code.closeObject) return at + 1;
    if (after !== Code.comma) throw new JsonFault('"," or "}"', at);
    at++;
    if (at < end && view.getUint8(at) <= 0x20) at = skipSpace(view, at, end);
  }
}

/** Passes any value; of an object, as `readFields` does. @throws JsonFault */
export function readValue(text: JsonText, at: number, wanted: WantedNames, tokens: (string | undefined)[]): number {
  const isObject = byteAt(text.view, at, text.end) === Code.openObject;
  return isObject ? readFields(text, at, wanted, tokens) : skipValue(text.view, at, text.end);
}

function indexOfName(view: DataView, from: number, length: number, names: readonly WantedName[]): number {
  return names.findIndex(({ bytes }) => {
    if (bytes.length !== length) return false;
    let same = 0;
    while (same < length && bytes[same] === view.getUint8(from + same)) same++;
    return same === length;
  });
}

/** The index of a name given as its string token, which has escapes. */
function indexOfEscaped({ bytes }: JsonText, from: number, end: number, names: readonly WantedName[]): number {
  const unescaped: unknown = JSON.parse(bytes.toString('utf8', from, end));
  return names.findIndex(({ text }) => text === unescaped);
}

/** Line breaks inside an array or object go, as they do from the row. */
function keepToken(
  text: JsonText,
  from: number,
  end: number,
  slots: readonly number[],
  tokens: (string | undefined)[],
): void {
  if (slots.length === 0) return;
  const token = text.bytes.toString('utf8', from, end);
  const scalar = token.charCodeAt(0) !== Code.openObject && token.charCodeAt(0) !== Code.openArray;
  for (const slot of slots) tokens[slot] = scalar ? token : token.replace(/[\r\n]+/g, '');
}

/** The token of a scalar; `[]` or `{}` of an empty array or object, and the opening bracket of any other. */
function kindToken({ view, bytes }: JsonText, from: number, end: number): string {
  const code = byteAt(view, from, end);
  if (code !== Code.openObject && code !== Code.openArray) return bytes.toString('utf8', from, end);
  const isEmpty = byteAt(view, skipSpace(view, from + 1, end), end) === code + 2;
  return String.fromCharCode(code) + (isEmpty ? String.fromCharCode(code + 2) : '');
}
