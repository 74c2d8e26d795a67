import type { FieldPath } from '../../../contract/streams.ts';
import type { Page, Row } from '../source.ts';
import { bodyUnexpected, printable, type VendorSpan } from './body-fault.ts';
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
import { hasBreaks, type JsonText, jsonText, skipRest, textStart, withoutBreaks } from './json-text.ts';
import { readValue, wantedNames } from './row-fields.ts';

/** Begins `null` and no other JSON value. */
const LETTER_N = 0x6e;
/** No vendor sends so many at once, and each costs some 200 bytes however short it is: limits on bytes alone bound no memory. */
const MOST_ROWS = 1_000_000;

/** The rows array. */
interface RowsSpan extends VendorSpan {
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
    const start = textStart(body);
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
    if (!(error instanceof JsonFault)) throw error;
    throw bodyUnexpected(`a page of ${body.length} bytes is not a page of rows`, body, error, span);
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
