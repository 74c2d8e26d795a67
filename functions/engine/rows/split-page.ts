import type { FieldPath } from '../../../contract/streams.ts';
import { ConvlakeError } from '../errors.ts';
import type { Page, Row } from '../source.ts';
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
import { hasBreaks, type JsonText, jsonText, skipRest, UTF_8, withoutBreaks } from './json-text.ts';
import { bufferOf } from './lines.ts';
import { readValue, wantedNames } from './row-fields.ts';

/** Begins `null` and no other JSON value. */
const LETTER_N = 0x6e;
const EXCERPT_LENGTH = 120;
/** No vendor sends so many at once, and each costs some 200 bytes however short it is: limits on bytes alone bound no memory. */
const MOST_ROWS = 1_000_000;

/** From where to where the rows array reaches in a body; -1 for what is not known yet. Says after a fault whether it lay among rows. */
interface RowsSpan {
  from: number;
  to: number;
  /** Null stood where the rows might. */
  isNull: boolean;
}

/**
 * Splits a page into its rows, as the vendor wrote them, and the parsed rest. The rows are the array under one of the names
 * `rowsUnder` of the top-level object, or the top-level array itself. A row that is not an object has no tokens.
 *
 * Null under one of the names is left in the envelope, for the dialect to say whether a page may have no rows like that.
 *
 * The body must be exactly one JSON value as JSON.parse reads it, in UTF-8 (a byte order mark before it is allowed), so that a page
 * that was cut or garbled is an error and never a shorter page.
 * @throws ConvlakeError `body-unexpected`, whose message never holds text of a row
 */
export function splitPage(body: Uint8Array, fields: readonly FieldPath[], rowsUnder: readonly string[]): Page {
  const span: RowsSpan = { from: -1, to: -1, isNull: false };
  try {
    const text = jsonText(body);
    const { view, bytes, end } = text;
    const start = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
    const splitting: Splitting = { text, body, span, fields, rowsUnder, rows: [], broken: hasBreaks(bytes) };
    const from = skipSpace(view, start, end);
    skipRest(
      text,
      byteAt(view, from, end) === Code.openArray ? splitRows(splitting, from) : splitObject(splitting, from),
    );
    if (span.from < 0) return { envelope: JSON.parse(bytes.toString('utf8', start)), rows: [] };
    const around = [bytes.toString('utf8', start, span.from), bytes.toString('utf8', span.to)] as const;
    return { envelope: JSON.parse(`${around[0]}[]${around[1]}`), rows: splitting.rows };
  } catch (error) {
    throw error instanceof JsonFault ? bodyUnexpected(body, error, span) : error;
  }
}

/** One page being split. */
interface Splitting {
  readonly text: JsonText;
  readonly body: Uint8Array;
  readonly span: RowsSpan;
  readonly fields: readonly FieldPath[];
  readonly rowsUnder: readonly string[];
  readonly rows: Row[];
  /** Whether the body has any CR or LF. Most have none, and so spare every row the search. */
  readonly broken: boolean;
}

/** Passes the page's object, and on the way the rows array in it. */
function splitObject(splitting: Splitting, from: number): number {
  const { view, bytes, end } = splitting.text;
  if (byteAt(view, from, end) !== Code.openObject) throw new JsonFault('an object or an array', from);
  const names: string[] = [];
  let at = skipSpace(view, from + 1, end);
  while (byteAt(view, at, end) !== Code.closeObject) {
    if (names.length > 0) at = skipComma(view, at, end, Code.closeObject);
    const nameEnd = skipString(view, skipByte(view, at, end, Code.quote), end);
    const name = String(JSON.parse(bytes.toString('utf8', at, nameEnd)));
    names.push(name);
    at = skipColon(view, nameEnd, end);
    at = splitting.rowsUnder.includes(name) ? splitNamed(splitting, name, at) : skipValue(view, at, end);
    at = skipSpace(view, at, end);
  }
  if (splitting.span.from >= 0 || splitting.span.isNull) return at + 1;
  const wanted = splitting.rowsUnder.map((name) => `"${name}"`).join(' or ');
  throw new JsonFault(`${wanted}, not only ${printable(names.join(', ')) || 'an empty object'},`, from);
}

function splitNamed(splitting: Splitting, name: string, at: number): number {
  const { view, end } = splitting.text;
  if (byteAt(view, at, end) === LETTER_N) {
    splitting.span.isNull = true;
    return skipValue(view, at, end);
  }
  if (splitting.span.from >= 0) throw new JsonFault(`one rows array, not "${name}" as another,`, at);
  if (byteAt(view, at, end) === Code.openArray) return splitRows(splitting, at);
  throw new JsonFault(`an array under "${name}"`, at);
}

/** Passes the rows array that begins at `from`. */
function splitRows({ text, body, span, fields, rows, broken }: Splitting, from: number): number {
  const { view, end } = text;
  const wanted = wantedNames(fields);
  const none = fields.map((): string | undefined => undefined);
  span.from = from;
  let at = skipSpace(view, from + 1, end);
  while (byteAt(view, at, end) !== Code.closeArray) {
    if (rows.length > 0) at = skipComma(view, at, end, Code.closeArray);
    if (rows.length === MOST_ROWS) throw new JsonFault(`at most ${MOST_ROWS} rows`, at);
    const rowFrom = at;
    const tokens = none.slice();
    at = readValue(text, rowFrom, wanted, tokens);
    rows.push({ bytes: withoutBreaks(body.subarray(rowFrom, at), broken), tokens });
    at = skipSpace(view, at, end);
  }
  span.to = at + 1;
  return span.to;
}

function bodyUnexpected(body: Uint8Array, fault: JsonFault, span: RowsSpan): ConvlakeError {
  const excerpt = envelopeExcerpt(body, fault, span);
  const seen = `${fault.expected} at byte ${fault.at}${excerpt && `, found: ${excerpt}`}`;
  return new ConvlakeError(
    'body-unexpected',
    'retry',
    `a page of ${body.length} bytes is not a page of rows: expected ${seen}`,
  );
}

/**
 * What stands at the fault, where that cannot be text of a row: outside the rows array, and no farther than a bracket, quote or
 * line end, since rows may lie under a name that is not known. A markup page (a proxy's response) holds no rows and is shown as it is.
 */
function envelopeExcerpt(body: Uint8Array, { at, expected }: JsonFault, { from, to }: RowsSpan): string {
  if (expected === UTF_8 || (from >= 0 && to < 0)) return '';
  const found = bufferOf(body).toString('utf8', at, at + 4 * EXCERPT_LENGTH);
  return printable(found.startsWith('<') ? found : (found.split(/[{["\r\n]/, 1)[0] ?? ''));
}

/** At most 120 characters, with a dot for each that does not print. */
function printable(text: string): string {
  return [...text.slice(0, 2 * EXCERPT_LENGTH)]
    .slice(0, EXCERPT_LENGTH)
    .join('')
    .replace(/[\p{C}\p{Z}]/gu, (c) => (c === ' ' ? c : '.'));
}
