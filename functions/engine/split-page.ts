import { Buffer, isUtf8 } from 'node:buffer';
import type { FieldPath } from '../../contract/streams.ts';
import { ConvlakeError } from './errors.ts';
import { byteAt, Code, JsonFault, skipByte, skipSpace, skipString, skipValue } from './json-scanner.ts';
import type { Row } from './row.ts';
import { type JsonText, readFields, type WantedNames, wantedNames } from './row-fields.ts';
import type { SplitPage } from './source.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const excerptLength = 120;

/** Where the rows array lies in a body; -1 for what is not known yet. Says after a fault whether it lay among rows. */
interface RowsPlace {
  from: number;
  to: number;
}

/**
 * Splits a page into its rows, as the vendor wrote them, and the parsed rest. The rows are the array under `data` or
 * `conversations` of the top-level object, or the top-level array itself. A row that is no object has no tokens.
 *
 * The body must be exactly one JSON value as JSON.parse reads it, in UTF-8 (a byte order mark before it is allowed), so that a page
 * that was cut or garbled is an error and never a shorter page.
 * @throws ConvlakeError `body-unexpected`, whose message never holds text of a row
 */
export function splitPage(body: Uint8Array, fields: readonly FieldPath[]): SplitPage {
  const place: RowsPlace = { from: -1, to: -1 };
  try {
    const text = textOf(body);
    const rows: Row[] = [];
    const start = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
    const from = skipSpace(text.view, start);
    const reading: Reading = {
      text,
      body,
      place,
      rows,
      wanted: wantedNames(fields),
      blank: fields.map(() => undefined),
      broken: hasBreaks(body),
    };
    skipEnd(
      text.view,
      byteAt(text.view, from) === Code.openArray ? splitRows(reading, from) : splitObject(reading, from),
    );
    const envelope: unknown = JSON.parse(
      `${text.bytes.toString('utf8', start, place.from)}[]${text.bytes.toString('utf8', place.to)}`,
    );
    return { envelope, rows };
  } catch (error) {
    throw error instanceof JsonFault ? bodyUnexpected(body, error, place) : error;
  }
}

/**
 * Reads one line of the lake, without its line feed, as the row that it is.
 * @throws ConvlakeError `object-corrupt` where it is not exactly one JSON value in UTF-8
 */
export function readRow(line: Uint8Array, fields: readonly FieldPath[]): Row {
  try {
    const text = textOf(line);
    const from = skipSpace(text.view, 0);
    const tokens: (string | undefined)[] = fields.map(() => undefined);
    const isObject = byteAt(text.view, from) === Code.openObject;
    const to = isObject ? readFields(text, from, wantedNames(fields), tokens) : skipValue(text.view, from);
    skipEnd(text.view, to);
    const bytes = line.subarray(from, to);
    return { bytes: hasBreaks(bytes) ? withoutBreaks(bytes) : bytes, tokens };
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new ConvlakeError(
      'object-corrupt',
      'stop-stream',
      `a line of ${line.length} bytes is no row: expected ${error.expected} at its byte ${error.at}`,
    );
  }
}

/** The lines of text that ends in a line feed, each without it, as views. Text after the last line feed is a line, too. */
export function* splitLines(lines: Uint8Array): Generator<Uint8Array> {
  let from = 0;
  while (from < lines.length) {
    const end = lines.indexOf(lineFeed, from);
    yield lines.subarray(from, end < 0 ? lines.length : end);
    from = end < 0 ? lines.length : end + 1;
  }
}

/** One page being split. */
interface Reading {
  readonly text: JsonText;
  readonly body: Uint8Array;
  readonly place: RowsPlace;
  readonly rows: Row[];
  readonly wanted: WantedNames;
  /** A row's tokens before any is found. */
  readonly blank: readonly undefined[];
  /** Whether there is any line break in the body; minified bodies have none, and are spared the search in every row. */
  readonly broken: boolean;
}

/** Passes the page's object, and on the way the rows array in it. */
function splitObject(reading: Reading, from: number): number {
  const { view, bytes } = reading.text;
  const names: string[] = [];
  if (byteAt(view, from) !== Code.openObject) throw new JsonFault('an object or an array', from);
  let at = skipSpace(view, from + 1);
  let ended = byteAt(view, at) === Code.closeObject;
  while (!ended) {
    const nameEnd = skipString(view, skipByte(view, at, Code.quote));
    const name: unknown = JSON.parse(bytes.toString('utf8', at, nameEnd));
    const value = skipSpace(view, skipByte(view, skipSpace(view, nameEnd), Code.colon));
    names.push(String(name));
    at = name === 'data' || name === 'conversations' ? splitNamed(reading, name, value) : skipValue(view, value);
    at = skipSpace(view, at);
    ended = byteAt(view, at) === Code.closeObject;
    if (!ended) at = skipSpace(view, skipByte(view, at, Code.comma));
  }
  if (reading.place.from < 0) {
    throw new JsonFault(`"data" or "conversations", not the names ${printable(names.join(', ')) || '(none)'},`, from);
  }
  return at + 1;
}

function splitNamed(reading: Reading, name: string, at: number): number {
  if (reading.place.from >= 0) throw new JsonFault(`one rows array, not "${name}" as another,`, at);
  if (byteAt(reading.text.view, at) !== Code.openArray) throw new JsonFault(`an array under "${name}"`, at);
  return splitRows(reading, at);
}

/** Passes the rows array that begins at `from`. */
function splitRows(reading: Reading, from: number): number {
  const { text, place, rows, wanted, blank } = reading;
  const { view } = text;
  place.from = from;
  let at = skipSpace(view, from + 1);
  let ended = byteAt(view, at) === Code.closeArray;
  while (!ended) {
    const tokens: (string | undefined)[] = blank.slice();
    const end = byteAt(view, at) === Code.openObject ? readFields(text, at, wanted, tokens) : skipValue(view, at);
    rows.push({ bytes: rowBytes(reading, at, end), tokens });
    at = skipSpace(view, end);
    ended = byteAt(view, at) === Code.closeArray;
    if (!ended) at = skipSpace(view, skipByte(view, at, Code.comma));
  }
  place.to = at + 1;
  return at + 1;
}

function rowBytes({ body, broken }: Reading, from: number, end: number): Uint8Array {
  const bytes = body.subarray(from, end);
  return broken && hasBreaks(bytes) ? withoutBreaks(bytes) : bytes;
}

function hasBreaks(bytes: Uint8Array): boolean {
  return bytes.includes(lineFeed) || bytes.includes(carriageReturn);
}

/** A copy less CR and LF. Strings cannot hold raw ones, so they all lie between tokens. */
function withoutBreaks(bytes: Uint8Array): Uint8Array {
  const kept = new Uint8Array(bytes.length);
  let length = 0;
  for (const byte of bytes) if (byte !== lineFeed && byte !== carriageReturn) kept[length++] = byte;
  return kept.subarray(0, length);
}

function textOf(bytes: Uint8Array): JsonText {
  if (!isUtf8(bytes)) throw new JsonFault('UTF-8', validUtf8Length(bytes));
  return {
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    bytes: Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  };
}

/** About where bytes stop being UTF-8: where decoding and encoding again first changes them. */
function validUtf8Length(bytes: Uint8Array): number {
  const again = Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
  const at = bytes.findIndex((byte, i) => byte !== again[i]);
  return at < 0 ? bytes.length : at;
}

function skipEnd(view: DataView, from: number): void {
  const at = skipSpace(view, from);
  if (at < view.byteLength) throw new JsonFault('the end of the body', at);
}

function bodyUnexpected(body: Uint8Array, fault: JsonFault, place: RowsPlace): ConvlakeError {
  const excerpt = envelopeExcerpt(body, fault, place);
  return new ConvlakeError(
    'body-unexpected',
    'retry',
    `a page of ${body.length} bytes is not what was expected: ${fault.expected} at byte ${fault.at}${excerpt && `, found: ${excerpt}`}`,
  );
}

/**
 * What stands at the fault, where that cannot be text of a row: outside the rows array, up to the next bracket, since rows may lie
 * under a name that is not known, and up to the next quote, except where the body begins as no JSON at all (a proxy's HTML page).
 */
function envelopeExcerpt(body: Uint8Array, { at, expected }: JsonFault, { from, to }: RowsPlace): string {
  if (expected === 'UTF-8' || (from >= 0 && to < 0)) return '';
  const found = new TextDecoder().decode(body.subarray(at, at + 4 * excerptLength));
  return printable(found.split(at === 0 ? /[{[]/ : /[{["]/, 1)[0] ?? '');
}

/** At most 120 characters, with a dot for each that does not print. */
function printable(text: string): string {
  return [...text.slice(0, 2 * excerptLength)]
    .slice(0, excerptLength)
    .join('')
    .replace(/[\p{C}\p{Z}]/gu, (c) => (c === ' ' ? c : '.'));
}
