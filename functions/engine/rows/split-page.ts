import { Buffer, isUtf8 } from 'node:buffer';
import type { FieldPath } from '../../../contract/streams.ts';
import { ConvlakeError } from '../errors.ts';
import type { Row, SplitPage } from '../source.ts';
import {
  byteAt,
  Code,
  JsonFault,
  skipByte,
  skipColon,
  skipComma,
  skipSpace,
  skipString,
  skipValue,
} from './json-scanner.ts';
import { bufferOf } from './lines.ts';

import { type JsonText, readFields, type WantedNames, wantedNames } from './row-fields.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const excerptLength = 120;
/** No vendor sends so many at once, and each costs some 200 bytes however short it is: limits on bytes alone bound no memory. */
const mostRows = 1_000_000;
const utf8 = 'UTF-8';

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
    const { view, bytes, end } = text;
    const start = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
    const reading: Reading = { text, body, place, fields, rows: [], broken: hasBreaks(bytes) };
    const from = skipSpace(view, start, end);
    skipRest(text, byteAt(view, from, end) === Code.openArray ? splitRows(reading, from) : splitObject(reading, from));
    const around = [bytes.toString('utf8', start, place.from), bytes.toString('utf8', place.to)] as const;
    return { envelope: JSON.parse(`${around[0]}[]${around[1]}`), rows: reading.rows };
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
    const from = skipSpace(text.view, 0, text.end);
    const tokens = fields.map((): string | undefined => undefined);
    const end = readValue(text, from, wantedNames(fields), tokens);
    skipRest(text, end);
    return { bytes: withoutBreaks(line.subarray(from, end), hasBreaks(text.bytes)), tokens };
  } catch (error) {
    throw error instanceof JsonFault ? lineCorrupt(line, error) : error;
  }
}

/** One page being split. */
interface Reading {
  readonly text: JsonText;
  readonly body: Uint8Array;
  readonly place: RowsPlace;
  readonly fields: readonly FieldPath[];
  readonly rows: Row[];
  /** Whether the body has any CR or LF. Most have none, and so spare every row the search. */
  readonly broken: boolean;
}

/** Passes the page's object, and on the way the rows array in it. */
function splitObject(reading: Reading, from: number): number {
  const { view, bytes, end } = reading.text;
  if (byteAt(view, from, end) !== Code.openObject) throw new JsonFault('an object or an array', from);
  const names: string[] = [];
  let at = skipSpace(view, from + 1, end);
  while (byteAt(view, at, end) !== Code.closeObject) {
    if (names.length > 0) at = skipComma(view, at, end, Code.closeObject);
    const nameEnd = skipString(view, skipByte(view, at, end, Code.quote), end);
    const name = String(JSON.parse(bytes.toString('utf8', at, nameEnd)));
    names.push(name);
    at = skipColon(view, nameEnd, end);
    at = name === 'data' || name === 'conversations' ? splitNamed(reading, name, at) : skipValue(view, at, end);
    at = skipSpace(view, at, end);
  }
  if (reading.place.from >= 0) return at + 1;
  throw new JsonFault(`"data" or "conversations", not only ${printable(names.join(', ')) || 'an empty object'},`, from);
}

function splitNamed(reading: Reading, name: string, at: number): number {
  if (reading.place.from >= 0) throw new JsonFault(`one rows array, not "${name}" as another,`, at);
  if (byteAt(reading.text.view, at, reading.text.end) === Code.openArray) return splitRows(reading, at);
  throw new JsonFault(`an array under "${name}"`, at);
}

/** Passes the rows array that begins at `from`. */
function splitRows({ text, body, place, fields, rows, broken }: Reading, from: number): number {
  const { view, end } = text;
  const wanted = wantedNames(fields);
  const none = fields.map((): string | undefined => undefined);
  place.from = from;
  let at = skipSpace(view, from + 1, end);
  while (byteAt(view, at, end) !== Code.closeArray) {
    if (rows.length > 0) at = skipComma(view, at, end, Code.closeArray);
    if (rows.length === mostRows) throw new JsonFault(`at most ${mostRows} rows`, at);
    const rowFrom = at;
    const tokens = none.slice();
    at = readValue(text, rowFrom, wanted, tokens);
    rows.push({ bytes: withoutBreaks(body.subarray(rowFrom, at), broken), tokens });
    at = skipSpace(view, at, end);
  }
  place.to = at + 1;
  return place.to;
}

function readValue(text: JsonText, at: number, wanted: WantedNames, tokens: (string | undefined)[]): number {
  const isObject = byteAt(text.view, at, text.end) === Code.openObject;
  return isObject ? readFields(text, at, wanted, tokens) : skipValue(text.view, at, text.end);
}

function skipRest({ view, end }: JsonText, from: number): void {
  const at = skipSpace(view, from, end);
  if (at < end) throw new JsonFault('nothing more', at);
}

function hasBreaks(bytes: Buffer): boolean {
  return bytes.includes(lineFeed) || bytes.includes(carriageReturn);
}

/** A row less CR and LF. Strings cannot hold raw ones, so they all lie between tokens. */
function withoutBreaks(row: Uint8Array, broken: boolean): Uint8Array {
  if (!broken || !hasBreaks(bufferOf(row))) return row;
  return row.filter((byte) => byte !== lineFeed && byte !== carriageReturn);
}

function textOf(bytes: Uint8Array): JsonText {
  if (!isUtf8(bytes)) throw new JsonFault(utf8, validUtf8Length(bytes));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { view, bytes: bufferOf(bytes), end: bytes.byteLength };
}

/** About where bytes stop being UTF-8: where decoding and encoding again first changes them. */
function validUtf8Length(bytes: Uint8Array): number {
  const again = Buffer.from(bufferOf(bytes).toString());
  const at = bytes.findIndex((byte, i) => byte !== again[i]);
  return at < 0 ? bytes.length : at;
}

function lineCorrupt(line: Uint8Array, fault: JsonFault): ConvlakeError {
  const message = `a line of ${line.length} bytes is no row: expected ${fault.expected} at its byte ${fault.at}`;
  return new ConvlakeError('object-corrupt', 'stop-stream', message);
}

function bodyUnexpected(body: Uint8Array, fault: JsonFault, place: RowsPlace): ConvlakeError {
  const excerpt = envelopeExcerpt(body, fault, place);
  const seen = `${fault.expected} at byte ${fault.at}${excerpt && `, found: ${excerpt}`}`;
  return new ConvlakeError(
    'body-unexpected',
    'retry',
    `a page of ${body.length} bytes is no page of rows: expected ${seen}`,
  );
}

/**
 * What stands at the fault, where that cannot be text of a row: outside the rows array, and no farther than a bracket, quote or
 * line end, since rows may lie under a name that is not known. A markup page (a proxy's answer) holds no rows and is shown as it is.
 */
function envelopeExcerpt(body: Uint8Array, { at, expected }: JsonFault, { from, to }: RowsPlace): string {
  if (expected === utf8 || (from >= 0 && to < 0)) return '';
  const found = bufferOf(body).toString('utf8', at, at + 4 * excerptLength);
  return printable(found.startsWith('<') ? found : (found.split(/[{["\r\n]/, 1)[0] ?? ''));
}

/** At most 120 characters, with a dot for each that does not print. */
function printable(text: string): string {
  return [...text.slice(0, 2 * excerptLength)]
    .slice(0, excerptLength)
    .join('')
    .replace(/[\p{C}\p{Z}]/gu, (c) => (c === ' ' ? c : '.'));
}
