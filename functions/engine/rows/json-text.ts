import { Buffer, isUtf8 } from 'node:buffer';
import { JsonFault, skipSpace } from './json-scanner.ts';
import { bufferOf } from './lines.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** What is expected of bytes that are not UTF-8. */
export const UTF_8 = 'UTF-8';

/** JSON text as readers of rows need it: one view to scan, one to decode; both show the same bytes. */
export interface JsonText {
  readonly view: DataView;
  readonly bytes: Buffer;
  readonly end: number;
}

/** The bytes as text that can be scanned. @throws JsonFault for bytes that are not UTF-8 */
export function jsonText(bytes: Uint8Array): JsonText {
  if (!isUtf8(bytes)) throw new JsonFault(UTF_8, validUtf8Length(bytes));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { view, bytes: bufferOf(bytes), end: bytes.byteLength };
}

/** Where the text of a body begins: behind a byte order mark, which is allowed before it. */
export function textStart(body: Uint8Array): number {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
}

/** About where bytes stop being UTF-8: where decoding and encoding again first changes them. */
function validUtf8Length(bytes: Uint8Array): number {
  const again = Buffer.from(bufferOf(bytes).toString());
  const at = bytes.findIndex((byte, i) => byte !== again[i]);
  return at < 0 ? bytes.length : at;
}

/** Passes the space after the one value of the text. @throws JsonFault where anything else follows */
export function skipRest({ view, end }: JsonText, from: number): void {
  const at = skipSpace(view, from, end);
  if (at < end) throw new JsonFault('nothing more', at);
}

/** True for bytes with a CR or an LF. */
export function hasBreaks(bytes: Buffer): boolean {
  return bytes.includes(LINE_FEED) || bytes.includes(CARRIAGE_RETURN);
}

/** A row less CR and LF; `broken` is false where there are none around it either. Strings cannot hold raw ones, so they all lie between tokens. */
export function withoutBreaks(row: Uint8Array, broken: boolean): Uint8Array {
  if (!broken || !hasBreaks(bufferOf(row))) return row;
  // Not by `filter`, which keeps a list of the bytes that is many times as large as a detail of megabytes.
  const whole = new Uint8Array(row.length);
  let end = 0;
  for (const byte of row) if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) whole[end++] = byte;
  return whole.subarray(0, end);
}
