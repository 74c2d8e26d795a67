import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { ConvlakeError } from '../../engine/errors.ts';

/** Makes the error for something corrupt: what is wrong, and the error that showed it. */
export type Corrupt = (what: string, cause?: unknown) => ConvlakeError;

/** No member of ours unpacks to more, and no line is longer: what claims more is damage or a gzip bomb. */
export const MEMBER_LIMIT_BYTES = 64 * 1024 * 1024;
/** Bytes at a member's beginning that `packedLength` needs to see. */
export const HEADER_BYTES = 20;

const PLAIN_HEADER_BYTES = 10;
const LENGTH_AT = 16;
const LINE_FEED = 0x0a;
/** Deflate cannot pack tighter (zlib's technical notes: 1032:1), so a claim beyond it is false. */
const MOST_RATIO = 1032;
/**
 * RFC 1952 header with an extra field, up to where the length stands: magic, method 8, FLG = FEXTRA, no time, no hint, no
 * operating system (255), XLEN = 8, then one subfield "CL" of 4 bytes. As in BGZF (SAM specification, 4.1), whose subfield
 * "BC" holds a 16-bit size, it says how long the whole member is, so that a reader finds the next one without unpacking
 * this one; every other gzip reader skips it. Ours is a 32-bit little-endian count of all bytes from magic to ISIZE.
 */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, 0x43, 0x4c, 4, 0);

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify(gunzip);

/**
 * One gzip member of ours, compressed and checksummed in the thread pool. The lines must not change until it resolves.
 * @throws RangeError for bytes that do not end at a line end, or too many of them: the caller's mistake
 */
export async function packMember(lines: Uint8Array, level: number): Promise<Uint8Array> {
  if (lines.length > MEMBER_LIMIT_BYTES) {
    throw new RangeError(`${lines.length} bytes of lines are too many for one gzip member of ${MEMBER_LIMIT_BYTES}`);
  }
  if (lines.length > 0 && lines.at(-1) !== LINE_FEED) throw new RangeError('a gzip member must end at a line end');
  // Room for the worst case (zlib's compressBound), so that the thread pool hands over once: 16 KB pieces cost 30 % more.
  const plain = await gzipAsync(lines, { level, chunkSize: lines.length + (lines.length >>> 11) + 64 });
  const packed = new Uint8Array(HEADER_BYTES + plain.length - PLAIN_HEADER_BYTES);
  packed.set(HEADER);
  new DataView(packed.buffer).setUint32(LENGTH_AT, packed.length, true);
  // zlib's own gzip header has no optional fields, so it is always 10 bytes (zlib.h, deflateInit2).
  packed.set(plain.subarray(PLAIN_HEADER_BYTES), HEADER_BYTES);
  return packed;
}

/** The length of the member of ours that begins with `head`, as its header says; undefined for anything else. */
export function packedLength(head: Uint8Array): number | undefined {
  if (head.length < HEADER_BYTES || HEADER.some((byte, at) => head[at] !== byte)) return undefined;
  return new DataView(head.buffer, head.byteOffset).getUint32(LENGTH_AT, true);
}

/** The lines' size as the member's end says. It caps what is unpacked, and is believed only once it has come out. */
export function claimedBytes(packed: Uint8Array): number {
  return packed.length < 4 ? 0 : new DataView(packed.buffer, packed.byteOffset).getUint32(packed.length - 4, true);
}

/** Unpacks one member of ours, in the thread pool; checksum, both lengths and the last line end are verified. */
export async function unpackMember(packed: Uint8Array, corrupt: Corrupt): Promise<Uint8Array> {
  if (packedLength(packed) !== packed.length) throw corrupt('its header does not fit its length');
  const bytes = claimedBytes(packed);
  if (bytes > MEMBER_LIMIT_BYTES || bytes > packed.length * MOST_RATIO) {
    throw corrupt(`it claims to unpack to ${bytes} bytes, more than it can`);
  }
  let lines: Uint8Array;
  try {
    // One byte of room beyond the end lets zlib see that it is done, in one hand-over.
    lines = await gunzipAsync(packed, { chunkSize: Math.max(64, bytes + 1), maxOutputLength: Math.max(1, bytes) });
  } catch (cause) {
    throw corrupt('it does not unpack', cause);
  }
  // Node's gunzip passes over zeros after a member and whatever follows them; the length in the last bytes shows it.
  if (lines.length !== bytes) throw corrupt(`it unpacks to ${lines.length} bytes instead of ${bytes}`);
  if (bytes > 0 && lines.at(-1) !== LINE_FEED) throw corrupt('its last line has no end');
  return lines;
}
