import { Buffer } from 'node:buffer';

const LINE_FEED = 0x0a;

/** The lines of text that ends in a line feed, each without it, as views. Text after the last line feed counts as a line. */
export function* splitLines(lines: Uint8Array): Generator<Uint8Array> {
  // A Buffer's indexOf is about 10 times as fast as a plain Uint8Array's (28 against 2.6 GB/s on Node 24).
  const bytes = bufferOf(lines);
  for (let from = 0; from < lines.length; ) {
    const found = bytes.indexOf(LINE_FEED, from);
    const end = found < 0 ? lines.length : found;
    yield lines.subarray(from, end);
    from = end + 1;
  }
}

/** How many lines `splitLines` yields: counted, not kept, since millions of views cost more than the lines themselves. */
export function countLines(lines: Uint8Array): number {
  const bytes = bufferOf(lines);
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return lines.length > 0 && lines.at(-1) !== LINE_FEED ? count + 1 : count;
}

/** The same bytes as a Buffer, whose searches are the fast ones. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
