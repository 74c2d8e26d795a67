import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import type { ByteReader } from './byte-reader.ts';
import type { Corrupt } from './gzip-member.ts';

/** Taken at a time: at deflate's best ratio (1032:1) this unpacks to 33 MB, which bounds memory whatever the bytes are. */
const STEP_BYTES = 32 * 1024;
const FLAG = { headerChecksum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;

/**
 * Unpacks the one gzip member (RFC 1952) that begins at the reader, as a stream, and leaves the reader behind its end.
 *
 * Node's own gunzip is not used: it ends at a zero byte between members and ignores everything behind it (Node 24.21), which
 * would lose rows without a word. So the header is read here, deflate alone is left to zlib, and checksum and length are compared.
 */
export async function* inflateForeign(reader: ByteReader, corrupt: Corrupt): AsyncGenerator<Uint8Array> {
  await skipHeader(reader, corrupt);
  let checksum = 0;
  let bytes = 0;
  for await (const chunk of inflateRaw(reader, corrupt)) {
    checksum = crc32(chunk, checksum);
    bytes += chunk.length;
    yield chunk;
  }
  const trailer = await takeAll(reader, 8, corrupt);
  const expected = new DataView(trailer.buffer, trailer.byteOffset);
  if (expected.getUint32(0, true) !== checksum) throw corrupt('its checksum is wrong');
  if (expected.getUint32(4, true) !== bytes % 2 ** 32) throw corrupt('its length is wrong');
}

async function skipHeader(reader: ByteReader, corrupt: Corrupt): Promise<void> {
  const fixed = await takeAll(reader, 10, corrupt);
  const flags = fixed[3] ?? 0;
  if (fixed[0] !== 0x1f || fixed[1] !== 0x8b) throw corrupt('no gzip member begins there');
  if (fixed[2] !== 8 || flags & FLAG.reserved) throw corrupt('its gzip header is of an unknown kind');
  if (flags & FLAG.extra) {
    const [low = 0, high = 0] = await takeAll(reader, 2, corrupt);
    await takeAll(reader, low + high * 256, corrupt);
  }
  if (flags & FLAG.name) await skipText(reader, corrupt);
  if (flags & FLAG.comment) await skipText(reader, corrupt);
  if (flags & FLAG.headerChecksum) await takeAll(reader, 2, corrupt);
}

async function skipText(reader: ByteReader, corrupt: Corrupt): Promise<void> {
  for (;;) {
    const ahead = await reader.peek(256);
    const end = ahead.indexOf(0);
    if (end < 0 && ahead.length < 256) throw corrupt('it is cut short');
    await reader.take(end < 0 ? ahead.length : end + 1);
    if (end >= 0) return;
  }
}

async function takeAll(reader: ByteReader, bytes: number, corrupt: Corrupt): Promise<Uint8Array> {
  const taken = await reader.take(bytes);
  if (taken.length < bytes) throw corrupt('it is cut short');
  return taken;
}

/** One deflate stream; bytes behind its end go back to the reader. Errors of the reader pass through untouched. */
async function* inflateRaw(reader: ByteReader, corrupt: Corrupt): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw({ chunkSize: 4 * STEP_BYTES });
  let chunks: Uint8Array[] = [];
  inflate.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  const { promise: ended, resolve, reject } = Promise.withResolvers<true>();
  inflate.once('end', () => resolve(true)).once('error', reject);
  ended.catch(() => undefined); // it may fail while nobody waits; the next to wait is told

  try {
    for (let fed = 0, atEnd = false; !atEnd; ) {
      const piece = await reader.takeSome(STEP_BYTES);
      fed += piece.length;
      try {
        atEnd = await Promise.race([ended, feed(inflate, piece)]);
      } catch (cause) {
        throw corrupt('it does not unpack', cause);
      }
      // zlib consumes a piece whole unless the stream ends in it; `bytesWritten` counts what it consumed.
      if (atEnd && fed > inflate.bytesWritten)
        reader.putBack(piece.subarray(piece.length - fed + inflate.bytesWritten));
      yield* chunks;
      chunks = [];
    }
  } finally {
    inflate.destroy();
  }
}

/** Resolves to false when zlib has consumed the piece and wants more. At its end zlib never calls back: `ended` does. */
function feed(inflate: InflateRaw, piece: Uint8Array): Promise<false> {
  const { promise, resolve, reject } = Promise.withResolvers<false>();
  if (piece.length === 0) inflate.end();
  else inflate.write(piece, (error) => (error ? reject(error) : resolve(false)));
  return promise;
}
