import { ConvlakeError } from '../../engine/errors.ts';
import type { Codec, Member } from '../../engine/ports.ts';
import { readAgain } from '../../engine/read-again.ts';
import { type ByteReader, byteReader } from './byte-reader.ts';
import { inflateForeign } from './foreign-gzip.ts';
import {
  claimedBytes,
  HEADER_BYTES,
  MEMBER_LIMIT_BYTES,
  packedLength,
  packMember,
  unpackMember,
} from './gzip-member.ts';
import { packRow } from './pack-row.ts';
import { packWhole } from './whole-gzip.ts';

/** Members are unpacked ahead of the consumer, so that the thread pool works while it does: at most so many, or so many bytes. */
const AHEAD = { members: 4, bytes: 1024 * 1024 } as const;
/** Where a consumer waits for lines of foreign gzip, it gets them in parts of about this size. */
const PART_BYTES = 256 * 1024;
/** The longest that a member of ours can be: deflate stores what it cannot shrink, 5 bytes for each 16 KB at worst. */
const PACKED_LIMIT_BYTES = MEMBER_LIMIT_BYTES + MEMBER_LIMIT_BYTES / 1024;
const LINE_FEED = 0x0a;

/** zlib's fastest: what waits in a spool is unpacked again at the commit. */
const SPOOL_LEVEL = 1;

/** How objects are written. */
export interface GzipSettings {
  /** zlib's, 0 to 9. */
  readonly level: number;
  /** An object is a single member, for readers that know no more. Default: false, several. */
  readonly single?: boolean;
}

/**
 * gzip (RFC 1952) whose members say how long they are, unless an object is to be a single one.
 *
 * `readMembers` leaves no byte out: where every member has `packed`, those laid end to end are the object. Zeros behind the
 * last member (tape and disk padding, which gzip(1) accepts too) count as a foreign member without lines.
 */
export function gzipCodec({ level, single = false }: GzipSettings): Codec {
  const reading: Omit<Codec, 'pack' | 'packWhole'> = {
    unpack: (packed) => unpackMember(packed, corruptMember),
    readMembers,
    packRow: (pieces, packedAt) => packRow(pieces, packedAt, level),
  };
  if (!single) return { ...reading, pack: (lines) => packMember(lines, level) };
  return {
    ...reading,
    pack: (lines) => packMember(lines, SPOOL_LEVEL),
    packWhole: (lines) => packWhole(lines, level),
  };
}

async function* readMembers(pieces: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Member> {
  const reader = byteReader(pieces);
  const ahead: Started[] = [];
  let aheadBytes = 0;
  try {
    for (;;) {
      const head = await reader.peek(HEADER_BYTES);
      if (head.length === 0) break;
      const length = packedLength(head);
      if (length === undefined) {
        for (const next of ahead.splice(0)) yield await next.member;
        aheadBytes = 0;
        yield* foreignParts(reader, path);
        continue;
      }
      const next = await startUnpacking(reader, length, path);
      ahead.push(next);
      aheadBytes += next.bytes;
      while (ahead.length >= AHEAD.members || aheadBytes > AHEAD.bytes) {
        const first = ahead.shift();
        if (!first) break;
        aheadBytes -= first.bytes;
        yield await first.member;
      }
    }
    if (reader.offset() === 0) throw corruptObject(path, 0, 'it is empty');
    for (const next of ahead.splice(0)) yield await next.member;
  } finally {
    await reader.close();
  }
}

interface Started {
  readonly member: Promise<Member>;
  readonly bytes: number;
}

async function startUnpacking(reader: ByteReader, length: number, path: string): Promise<Started> {
  const at = reader.offset();
  const corrupt = (what: string, cause?: unknown) => corruptObject(path, at, what, cause);
  if (length <= HEADER_BYTES || length > PACKED_LIMIT_BYTES) throw corrupt(`its header claims ${length} bytes`);
  const packed = await reader.take(length);
  if (packed.length < length) throw corrupt(`it is cut short: ${packed.length} of ${length} bytes are there`);
  const member = unpackMember(packed, corrupt).then((lines) => ({ packed, lines }));
  member.catch(() => undefined); // a consumer that stopped early never waits for it
  return { member, bytes: claimedBytes(packed) };
}

/** Everything up to the next member of ours or the end, in parts that end at line ends; one part at least. */
async function* foreignParts(reader: ByteReader, path: string): AsyncGenerator<Member> {
  const at = reader.offset();
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let parts = 0;
  for await (const chunk of foreignChunks(reader, path)) {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < PART_BYTES) continue;
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) {
      held[held.length - 1] = chunk.subarray(0, end);
      yield { packed: undefined, lines: Buffer.concat(held) };
      parts++;
      held = [chunk.subarray(end)];
      heldBytes = chunk.length - end;
    } else if (heldBytes > MEMBER_LIMIT_BYTES) {
      throw corruptObject(path, at, `a line is longer than ${MEMBER_LIMIT_BYTES} bytes`);
    }
  }
  const rest = Buffer.concat(held);
  if (rest.length > 0 && rest.at(-1) !== LINE_FEED) throw corruptObject(path, at, 'its last line has no end');
  if (rest.length > 0 || parts === 0) yield { packed: undefined, lines: rest };
}

async function* foreignChunks(reader: ByteReader, path: string): AsyncGenerator<Uint8Array> {
  for (;;) {
    const at = reader.offset();
    const head = await reader.peek(HEADER_BYTES);
    if (head.length === 0 || packedLength(head) !== undefined) return;
    if (head[0] === 0 && at > 0) await skipPadding(reader, path);
    else yield* inflateForeign(reader, (what, cause) => corruptObject(path, at, what, cause));
  }
}

async function skipPadding(reader: ByteReader, path: string): Promise<void> {
  const at = reader.offset();
  for (let piece = await reader.takeSome(PART_BYTES); piece.length > 0; piece = await reader.takeSome(PART_BYTES)) {
    if (piece.some((byte) => byte !== 0)) throw corruptObject(path, at, 'zeros with something behind them');
  }
}

function corruptObject(path: string, at: number, what: string, cause?: unknown): ConvlakeError {
  return new ConvlakeError(
    'object-corrupt',
    'stop-stream',
    `${path} cannot be read: in the gzip member at byte ${at}, ${what}; ${readAgain(path)}`,
    cause === undefined ? {} : { cause },
  );
}

function corruptMember(what: string, cause?: unknown): ConvlakeError {
  return new ConvlakeError(
    'object-corrupt',
    'stop-stream',
    `a gzip member that was read before cannot be unpacked: ${what}; check disk and memory of this machine, then run again`,
    cause === undefined ? {} : { cause },
  );
}
