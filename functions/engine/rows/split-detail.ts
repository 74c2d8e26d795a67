import type { FieldPath } from '../../../contract/streams.ts';
import type { DetailBody, Row } from '../source.ts';
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

/**
 * Splits a body into the detail that it holds, as the vendor wrote it, and the parsed rest. The detail is the body itself, or what the
 * top-level object has under the name `under`; it is an object or an array.
 *
 * As strict as `splitPage`: the body must be exactly one JSON value as JSON.parse reads it, in UTF-8 (a byte order mark before it is
 * allowed).
 * @throws ConvlakeError `body-unexpected`, whose message never holds text of a detail
 */
export function splitDetail(body: Uint8Array, fields: readonly FieldPath[], under: string | undefined): DetailBody {
  // A body that is the detail has no envelope from which an excerpt could come.
  const span: VendorSpan = under === undefined ? { from: 0, to: -1 } : { from: -1, to: -1 };
  try {
    const text = jsonText(body);
    const start = textStart(body);
    const splitting: Splitting = { text, body, span, fields };
    const from = skipSpace(text.view, start, text.end);
    if (under === undefined) {
      const { detail, end } = takeDetail(splitting, from);
      skipRest(text, end);
      return { envelope: null, detail };
    }
    const detail = splitObject(splitting, under, from);
    const around = [text.bytes.toString('utf8', start, span.from), text.bytes.toString('utf8', span.to)] as const;
    return { envelope: JSON.parse(`${around[0]}null${around[1]}`), detail };
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw bodyUnexpected(`a body of ${body.length} bytes is not a detail`, body, error, span);
  }
}

interface Splitting {
  readonly text: JsonText;
  readonly body: Uint8Array;
  readonly span: VendorSpan;
  readonly fields: readonly FieldPath[];
}

/** Passes the body's one object, and on the way the detail in it. */
function splitObject(splitting: Splitting, under: string, from: number): Row {
  const { text } = splitting;
  const { view, bytes, end } = text;
  if (byteAt(view, from, end) !== Code.openObject) throw new JsonFault('an object', from);
  const names: string[] = [];
  let found: Row | undefined;
  let at = skipSpace(view, from + 1, end);
  while (byteAt(view, at, end) !== Code.closeObject) {
    if (names.length > 0) at = skipComma(view, at, end, Code.closeObject);
    const nameEnd = skipString(view, skipByte(view, at, end, Code.quote), end);
    const name = String(JSON.parse(bytes.toString('utf8', at, nameEnd)));
    names.push(name);
    at = skipColon(view, nameEnd, end);
    if (name !== under) at = skipValue(view, at, end);
    else if (found) throw new JsonFault(`one "${under}", not another,`, at);
    else ({ detail: found, end: at } = takeDetail(splitting, at));
    at = skipSpace(view, at, end);
  }
  skipRest(text, at + 1);
  if (found) return found;
  throw new JsonFault(`"${under}", not only ${printable(names.join(', ')) || 'an empty object'},`, from);
}

function takeDetail(
  { text, body, span, fields }: Splitting,
  from: number,
): { readonly detail: Row; readonly end: number } {
  const code = byteAt(text.view, from, text.end);
  if (code !== Code.openObject && code !== Code.openArray) throw new JsonFault('an object or an array', from);
  const tokens = fields.map((): string | undefined => undefined);
  span.from = from;
  const end = readValue(text, from, wantedNames(fields), tokens);
  span.to = end;
  return { detail: { bytes: withoutBreaks(body.subarray(from, end), hasBreaks(text.bytes)), tokens }, end };
}
