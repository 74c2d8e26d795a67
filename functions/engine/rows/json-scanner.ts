/**
 * Walks JSON text (RFC 8259) as bytes and says where values end, without building them. It accepts what JSON.parse accepts;
 * that the bytes are UTF-8 is for the caller to check. Nothing recurses, so depth costs no stack.
 *
 * Text is read through a DataView, because four bytes at a time settle most of a string: 2 to 3 times the speed of a byte loop
 * from 16 bytes on (Node 24). Every function takes the offset where it begins and where the text ends (asking the DataView each
 * time cost a third of the speed), and returns the offset after what it passed.
 */

/** Why and where text stops being JSON, or being what its reader needs. It never holds text of a row. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
  readonly expected: string;
  /** Bytes from the beginning of the text. */
  readonly at: number;

  constructor(expected: string, at: number) {
    super(`expected ${expected} at byte ${at}`);
    this.expected = expected;
    this.at = at;
  }
}

/** Character codes of JSON's punctuation. A bracket's closing one is 2 above it. */
export const Code = {
  quote: 0x22,
  comma: 0x2c,
  minus: 0x2d,
  point: 0x2e,
  colon: 0x3a,
  openArray: 0x5b,
  backslash: 0x5c,
  closeArray: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

/** The byte at an offset, or 0 at the end of the text. JSON knows no byte 0. */
export function byteAt(text: DataView, at: number, end: number): number {
  return at < end ? text.getUint8(at) : 0;
}

/** Passes JSON's white space: blank, tab, LF, CR and nothing else. */
export function skipSpace(text: DataView, at: number, end: number): number {
  return at < end && text.getUint8(at) > 0x20 ? at : skipBlanks(text, at, end);
}

function skipBlanks(text: DataView, at: number, end: number): number {
  for (; at < end; at++) {
    const code = text.getUint8(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
  }
  return at;
}

/** Passes one byte that must be there. @throws JsonFault */
export function skipByte(text: DataView, at: number, end: number, code: number): number {
  if (byteAt(text, at, end) === code) return at + 1;
  throw new JsonFault(`"${String.fromCharCode(code)}"`, at);
}

/** Passes a comma and the space after it, where the bracket `closing` was the other choice. @throws JsonFault */
export function skipComma(text: DataView, at: number, end: number, closing: number): number {
  if (byteAt(text, at, end) === Code.comma) return skipSpace(text, at + 1, end);
  throw new JsonFault(`"," or "${String.fromCharCode(closing)}"`, at);
}

/**
 * The first offset from `at` on that holds a quote, a backslash or a control character; the end of the text where none does.
 *
 * Four bytes at a time: `x - 0x01010101 & ~x` raises the high bit of every byte of x that is zero, so that after an exclusive or
 * it marks the bytes that are the one sought. Its borrow can mark a byte above such a one wrongly, never one below: the lowest counts.
 */
export function endOfPlain(text: DataView, at: number, end: number): number {
  for (const lastWord = end - 4; at <= lastWord; at += 4) {
    const word = text.getInt32(at, true);
    const quotes = word ^ 0x22222222;
    const backslashes = word ^ 0x5c5c5c5c;
    const marks =
      (((quotes - 0x01010101) & ~quotes) |
        ((backslashes - 0x01010101) & ~backslashes) |
        ((word - 0x20202020) & ~word)) &
      0x80808080;
    if (marks !== 0) return at + ((31 - Math.clz32(marks & -marks)) >> 3);
  }
  for (; at < end; at++) {
    const code = text.getUint8(at);
    if (code === Code.quote || code === Code.backslash || code < 0x20) break;
  }
  return at;
}

/** Passes the rest of a string, from inside it to behind its closing quote. @throws JsonFault */
export function skipString(text: DataView, at: number, end: number): number {
  at = endOfPlain(text, at, end);
  return at < end && text.getUint8(at) === Code.quote ? at + 1 : skipEscapes(text, at, end);
}

function skipEscapes(text: DataView, at: number, end: number): number {
  while (byteAt(text, at, end) === Code.backslash) at = endOfPlain(text, skipEscape(text, at, end), end);
  if (byteAt(text, at, end) === Code.quote) return at + 1;
  throw new JsonFault(at < end ? 'no control character in a string' : 'the end of a string', at);
}

function skipEscape(text: DataView, at: number, end: number): number {
  const code = byteAt(text, at + 1, end);
  if (code !== 0x75) {
    if (code !== 0 && '"\\/bfnrt'.includes(String.fromCharCode(code))) return at + 2;
    throw new JsonFault('an escape that JSON has', at);
  }
  // Any four digits: a lone surrogate is well-formed (RFC 8259, section 8.2).
  for (let i = 2; i < 6; i++) {
    const digit = byteAt(text, at + i, end);
    const letter = digit | 0x20;
    if (!isDigit(digit) && (letter < 0x61 || letter > 0x66)) throw new JsonFault('four hexadecimal digits', at);
  }
  return at + 6;
}

function isDigit(code: number): boolean {
  return (code - 0x30) >>> 0 <= 9;
}

function skipDigits(text: DataView, at: number, end: number): number {
  const from = at;
  while (at < end && isDigit(text.getUint8(at))) at++;
  if (at > from) return at;
  throw new JsonFault('a digit', at);
}

function skipNumber(text: DataView, at: number, end: number): number {
  if (text.getUint8(at) === Code.minus) at++;
  at = byteAt(text, at, end) === 0x30 ? at + 1 : skipDigits(text, at, end);
  let code = byteAt(text, at, end);
  if (code === Code.point) {
    at = skipDigits(text, at + 1, end);
    code = byteAt(text, at, end);
  }
  if ((code | 0x20) !== 0x65) return at;
  const sign = byteAt(text, at + 1, end);
  return skipDigits(text, sign === 0x2b || sign === Code.minus ? at + 2 : at + 1, end);
}

/** Passes a value that is neither array nor object. @throws JsonFault */
export function skipScalar(text: DataView, at: number, end: number): number {
  const code = byteAt(text, at, end);
  if (code === Code.quote) {
    at = endOfPlain(text, at + 1, end);
    return at < end && text.getUint8(at) === Code.quote ? at + 1 : skipEscapes(text, at, end);
  }
  if (code === Code.minus || isDigit(code)) return skipNumber(text, at, end);
  if (at + 4 <= end) {
    const word = text.getInt32(at);
    if (word === 0x6e756c6c || word === 0x74727565) return at + 4; // null, true
    if (word === 0x66616c73 && byteAt(text, at + 4, end) === 0x65) return at + 5; // fals, e
  }
  throw new JsonFault('a value', at);
}

/** Passes the colon after a name, with the space around it. @throws JsonFault */
export function skipColon(text: DataView, at: number, end: number): number {
  at =
    at < end && text.getUint8(at) === Code.colon ? at + 1 : skipByte(text, skipSpace(text, at, end), end, Code.colon);
  return skipSpace(text, at, end);
}

function skipName(text: DataView, at: number, end: number): number {
  if (byteAt(text, at, end) !== Code.quote) throw new JsonFault('a name', at);
  at = endOfPlain(text, at + 1, end);
  at = at < end && text.getUint8(at) === Code.quote ? at + 1 : skipEscapes(text, at, end);
  return skipColon(text, at, end);
}

/** Passes one value of any depth. @throws JsonFault */
export function skipValue(text: DataView, at: number, end: number): number {
  // The levels that are open, one bit each (1: an object), the innermost lowest; full words of outer ones go to `outer`.
  let depth = 0;
  let levels = 0;
  let outer: number[] | undefined;
  for (;;) {
    const code = byteAt(text, at, end);
    if (code === Code.openObject || code === Code.openArray) {
      at = skipSpace(text, at + 1, end);
      if (byteAt(text, at, end) !== code + 2) {
        if (depth > 0 && (depth & 31) === 0) {
          outer ??= [];
          outer.push(levels);
        }
        levels = (levels << 1) | (code === Code.openObject ? 1 : 0);
        depth++;
        if (code === Code.openObject) at = skipName(text, at, end);
        continue;
      }
      at++;
    } else {
      at = skipScalar(text, at, end);
    }
    // A value is complete: close the levels that it completes, up to a comma and the value after it.
    for (;;) {
      if (depth === 0) return at;
      if (at < end && text.getUint8(at) <= 0x20) at = skipSpace(text, at, end);
      const after = byteAt(text, at, end);
      const inObject = (levels & 1) === 1;
      if (after === Code.comma) {
        at = skipSpace(text, at + 1, end);
        if (inObject) at = skipName(text, at, end);
        break;
      }
      if (after !== (inObject ? Code.closeObject : Code.closeArray))
        throw new JsonFault(inObject ? '"," or "}"' : '"," or "]"', at);
      at++;
      depth--;
      levels = depth > 0 && (depth & 31) === 0 ? (outer?.pop() ?? 0) : levels >> 1;
    }
  }
}
