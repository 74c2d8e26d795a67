import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** Up to here a content-length is believed and its memory taken at once; beyond it memory grows with what arrives. */
const PREALLOCATED_BYTES = 64 * 1024 * 1024;
/** Output of gzip comes in pieces of this size; zlib's own 16 KB costs a trip to the thread pool for each. */
const GUNZIP_CHUNK_BYTES = 1024 * 1024;

const BLANKS = new Set(Buffer.from(' \t\r\n'));
const [OBJECT, ARRAY] = Buffer.from('{[');

const gunzipAsync = promisify(gunzip);

/** Compressions that were not asked for and are not read here. */
const FOREIGN_CODINGS = ['br', 'deflate', 'zstd', 'compress', 'x-compress', 'dcb', 'dcz'];
/** A proxy may pack what is packed already; no more layers than this are unpacked. */
const MOST_LAYERS = 3;

/** Why a body was not taken: it is larger than the limit, or coded in a way that was not asked for. */
export type Unreadable = 'too-large' | { readonly coding: string };

/** A body still on its way, with the headers that say how to read it. */
export interface IncomingBody {
  readonly pieces: Readable;
  readonly contentLength: string | undefined;
  readonly contentEncoding: string | undefined;
}

/** Where the bytes go. */
export interface Room {
  /** Resolves when so many bytes more may be held; the stream stands still until then. */
  take(bytes: number): Promise<void>;
  /** So many bytes are held in all. */
  settle(bytes: number): void;
}

/**
 * The whole body, decompressed. The limit counts decompressed bytes, and reading stops where it is passed, so that a
 * small response which unpacks to gigabytes costs no more than the limit.
 *
 * What is gzip tells its first two bytes, with which no JSON text begins: the header is left out, says it twice, or names a charset
 * (`utf-8`) or nothing that is known. Whatever comes out of it is for the reader to judge.
 * @throws what the stream throws; zlib's errors (`Z_DATA_ERROR`, `Z_BUF_ERROR`) for gzip that is damaged or cut
 */
export async function collectBody(body: IncomingBody, maxBytes: number, room: Room): Promise<Uint8Array | Unreadable> {
  const codings = (body.contentEncoding ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  const raw = await collect(body.pieces, announcedBytes(body.contentLength), maxBytes, room);
  if (typeof raw === 'string') return raw;
  const coding = FOREIGN_CODINGS.find((foreign) => codings.includes(foreign));
  if (coding !== undefined) return { coding };
  const saidGzip = codings.includes('gzip') || codings.includes('x-gzip');
  if (saidGzip && raw.length > 0 && !isGzip(raw) && !isJsonStart(raw)) return unzip(raw, maxBytes, room); // it says what is wrong
  let bytes: Uint8Array | 'too-large' = raw;
  for (let layer = 0; layer < MOST_LAYERS && bytes !== 'too-large' && isGzip(bytes); layer++) {
    bytes = await unzip(bytes, maxBytes, room);
  }
  return bytes;
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** A proxy that unpacks a body may leave the header as it was. */
function isJsonStart(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => !BLANKS.has(byte));
  return first === OBJECT || first === ARRAY;
}

async function unzip(packed: Uint8Array, maxBytes: number, room: Room): Promise<Uint8Array | 'too-large'> {
  await room.take(Math.min(saidBytes(packed), maxBytes));
  try {
    const bytes = await gunzipAsync(packed, { maxOutputLength: maxBytes, chunkSize: GUNZIP_CHUNK_BYTES });
    room.settle(bytes.length);
    return bytes;
  } catch (error) {
    if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return 'too-large';
    throw error;
  }
}

/** How many bytes gzip says that it unpacks to, at its end (RFC 1952, ISIZE). Wrong where it has several members; for a guess it will do. */
function saidBytes(packed: Uint8Array): number {
  return packed.length < 4 ? 0 : new DataView(packed.buffer, packed.byteOffset + packed.length - 4).getUint32(0, true);
}

function announcedBytes(contentLength: string | undefined): number | undefined {
  return contentLength !== undefined && /^\d+$/.test(contentLength) ? Number(contentLength) : undefined;
}

async function collect(
  pieces: Readable,
  announced: number | undefined,
  maxBytes: number,
  room: Room,
): Promise<Uint8Array | 'too-large'> {
  if (announced !== undefined && announced > maxBytes) {
    pieces.on('error', () => {}).destroy(); // ends the request; its own error about that says nothing new
    return 'too-large';
  }
  if (announced !== undefined && announced <= PREALLOCATED_BYTES) return fill(pieces, announced, room);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (size > maxBytes) return 'too-large'; // leaving the loop destroys the stream and with it the connection
    await room.take(piece.length);
    parts.push(piece);
  }
  return Buffer.concat(parts, size);
}

/** The HTTP parser lets no more bytes through than announced, and fails the stream when there are fewer. */
async function fill(pieces: Readable, size: number, room: Room): Promise<Uint8Array> {
  let bytes: Buffer | undefined;
  let at = 0;
  for await (const piece of pieces) {
    if (!bytes) {
      await room.take(size); // not before: outside of the loop nothing listens to the stream's errors
      bytes = Buffer.allocUnsafeSlow(size);
    }
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes?.subarray(0, at) ?? new Uint8Array();
}
