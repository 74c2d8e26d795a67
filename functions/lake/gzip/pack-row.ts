import { Buffer } from 'node:buffer';
import { packWhole } from './whole-gzip.ts';

/** Of the header: the time of packing, seconds since 1970 (RFC 1952, MTIME). */
const TIME_AT = 4;

/** The pieces of one row as one gzip member that says when it was packed, as a stream. Errors of the pieces pass through untouched. */
export async function* packRow(
  pieces: AsyncIterable<Uint8Array>,
  packedAt: number,
  level: number,
): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const packed of packWhole(pieces, level)) {
    const chunk = Buffer.from(packed);
    if (first) chunk.writeUInt32LE(Math.floor(packedAt / 1000) >>> 0, TIME_AT);
    first = false;
    yield chunk;
  }
}
