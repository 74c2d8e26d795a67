import { crc32, deflateRawSync, gunzipSync, gzipSync, constants as zlib } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Member } from '../../../../functions/engine/ports.ts';
import { gzipCodec } from '../../../../functions/lake/gzip/gzip.ts';

const codec = gzipCodec({ level: 6 });
const path = 'crescendo_vocconv/tenant=a/dt=2026-01-02/2026-01-02.ndjson.gz';
const text = (...lines: string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(''));

async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function collect(members: AsyncIterable<Member>): Promise<Member[]> {
  const all: Member[] = [];
  for await (const member of members) all.push(member);
  return all;
}

async function membersOf(bytes: Uint8Array, pieceBytes = 7): Promise<Member[]> {
  return collect(codec.readMembers(inPieces(bytes, pieceBytes), path));
}

async function linesOf(bytes: Uint8Array, pieceBytes?: number): Promise<string> {
  return Buffer.concat((await membersOf(bytes, pieceBytes)).map((member) => member.lines)).toString();
}

const corrupt = expect.objectContaining({
  code: 'object-corrupt',
  recovery: 'stop-stream',
  message: expect.stringMatching(/^crescendo_vocconv.*2026-01-02\.ndjson\.gz cannot be read: .*convlake backfill/),
});

describe('members of ours', () => {
  test('a member is gzip that every reader unpacks', async () => {
    const packed = await codec.pack(text('{"id":1}', '{"id":2}'));

    expect(gunzipSync(packed)).toEqual(text('{"id":1}', '{"id":2}'));
  });

  test('any members in any pieces come back one by one, as they were packed', async () => {
    const blocks = fc.array(fc.array(fc.string({ maxLength: 40 }).map((s) => s.replaceAll('\n', ' '))), {
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(blocks, fc.integer({ min: 1, max: 200 }), async (members, pieceBytes) => {
        const packed = await Promise.all(members.map((lines) => codec.pack(text(...lines))));

        const read = await membersOf(Buffer.concat(packed), pieceBytes);

        expect(read.map((member) => Buffer.from(member.lines))).toEqual(members.map((lines) => text(...lines)));
        expect(Buffer.concat(read.map((member) => member.packed ?? Buffer.of()))).toEqual(Buffer.concat(packed));
      }),
      { numRuns: 40 },
    );
  });

  test('unpack undoes pack', async () => {
    const lines = text('{"id":1}', 'x'.repeat(100_000));

    expect(Buffer.from(await codec.unpack(await codec.pack(lines)))).toEqual(lines);
  });

  test('an object of one member without lines is fine', async () => {
    expect(await linesOf(await codec.pack(text()))).toBe('');
  });

  test('zeros behind the last member are read as a foreign member without lines', async () => {
    const packed = await codec.pack(text('a'));

    const read = await membersOf(Buffer.concat([packed, Buffer.alloc(600)]));

    expect(read.map((member) => [member.packed !== undefined, Buffer.from(member.lines).toString()])).toEqual([
      [true, 'a\n'],
      [false, ''],
    ]);
  });

  test('reading ahead stops at a few members', async () => {
    const packed = await codec.pack(text('{"id":1}'));
    let taken = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        taken++;
        yield packed;
      }
    }

    for await (const _ of codec.readMembers(endless(), path)) break;

    expect(taken).toBeLessThanOrEqual(5);
  });

  test.each(['own', 'foreign'])('a consumer that stops early ends the source (%s members)', async (kind) => {
    const lines = text('x'.repeat(300_000));
    const packed = kind === 'own' ? await codec.pack(lines) : gzipSync(lines);
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield packed;
      } finally {
        closed = true;
      }
    }

    for await (const _ of codec.readMembers(source(), path)) break;

    expect(closed).toBe(true);
  });

  test('fails to pack lines without a last line end, or more than a reader would accept', async () => {
    await expect(codec.pack(Buffer.from('{"id":1}'))).rejects.toThrow(RangeError);
    await expect(codec.pack(Buffer.alloc(64 * 1024 * 1024 + 1, '\n'))).rejects.toThrow(RangeError);
  });
});

describe('foreign gzip', () => {
  const lines = Array.from({ length: 30_000 }, (_, id) => JSON.stringify({ id, text: `row ${id * 7919}` }));

  test('a large member comes in several parts that end at line ends', async () => {
    const read = await membersOf(gzipSync(text(...lines)), 5000);

    expect(read.length).toBeGreaterThan(2);
    expect(read.every((member) => member.packed === undefined && member.lines.at(-1) === 0x0a)).toBe(true);
    expect(Buffer.concat(read.map((member) => member.lines))).toEqual(text(...lines));
  });

  test('any mixture of own and plain members, in any pieces, reads as gunzip reads it', async () => {
    const member = fc.record({ own: fc.boolean(), lines: fc.array(fc.stringMatching(/^[a-z]{0,30}$/)) });
    await fc.assert(
      fc.asyncProperty(fc.array(member, { minLength: 1 }), fc.integer({ min: 1, max: 99 }), async (mixture, bytes) => {
        const packed = mixture.map((m) => (m.own ? codec.pack(text(...m.lines)) : gzipSync(text(...m.lines))));
        const object = Buffer.concat(await Promise.all(packed));

        expect(await linesOf(object, bytes)).toBe(gunzipSync(object).toString());
      }),
      { numRuns: 60 },
    );
  });

  test('a line may go on in the next plain member', async () => {
    const object = Buffer.concat([gzipSync(Buffer.from('{"id"')), gzipSync(Buffer.from(':1}\n'))]);

    expect(await linesOf(object)).toBe('{"id":1}\n');
  });

  test('a header with extra field, name, comment and checksum is passed over', async () => {
    const plain = gzipSync(text('a'));
    const fields = [[3, 0, 1, 2, 3], Buffer.from(`${'n'.repeat(300)}\0`), Buffer.from('c\0'), [9, 9]];
    const header = [0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3];
    const object = Buffer.concat([...[header, ...fields].map((part) => Buffer.from(part)), plain.subarray(10)]);

    expect(await linesOf(object)).toBe('a\n');
  });

  test('zeros behind the last member are passed over', async () => {
    expect(await linesOf(Buffer.concat([gzipSync(text('a')), Buffer.alloc(1000)]))).toBe('a\n');
  });

  test('more than 64 MB in a plain member are read, part by part', async () => {
    const block = text('x'.repeat(999_999));
    const object = gzipSync(Buffer.concat(Array.from({ length: 68 }, () => block)), { level: 1 });

    let bytes = 0;
    let mostBytes = 0;
    for await (const { lines: part } of codec.readMembers(inPieces(object, 65_536), path)) {
      bytes += part.length;
      mostBytes = Math.max(mostBytes, part.length);
    }

    expect(bytes).toBe(68_000_000);
    expect(mostBytes).toBeLessThan(40_000_000);
  });
});

describe('corrupt objects', () => {
  const small = async (kind: string) =>
    kind === 'own' ? codec.pack(text('{"id":1}', '{"id":2}')) : gzipSync(text('{"id":1}', '{"id":2}'));

  test('fails for an empty object', async () => {
    await expect(membersOf(Buffer.of())).rejects.toEqual(corrupt);
  });

  test.each(['own', 'foreign'])('fails for an object cut at any byte (%s)', async (kind) => {
    const first = await small(kind);
    const object = Buffer.concat([first, await small(kind)]);

    for (let bytes = 1; bytes < object.length; bytes++) {
      if (bytes === first.length) continue; // a whole member is a whole object
      await expect(membersOf(object.subarray(0, bytes)), `cut at ${bytes}`).rejects.toEqual(corrupt);
    }
  });

  test.each(['own', 'foreign'])('a flipped bit is noticed, or changes no line (%s)', async (kind) => {
    const object = Buffer.concat([await small(kind), await small(kind)]);
    let noticed = 0;

    for (let bit = 0; bit < object.length * 8; bit++) {
      const flipped = Buffer.from(object);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const outcome = await linesOf(flipped).catch((error: unknown) => error);
      if (typeof outcome === 'string') expect(outcome, `bit ${bit}`).toBe('{"id":1}\n{"id":2}\n'.repeat(2));
      else expect(outcome, `bit ${bit}`).toEqual(corrupt);
      if (typeof outcome !== 'string') noticed++;
    }

    expect(noticed).toBeGreaterThan(object.length * 4);
  });

  test.each(['own', 'foreign'])('fails for anything but zeros behind the last member (%s)', async (kind) => {
    const tails = [Buffer.from('x'), Buffer.from([0x1f]), Buffer.from([0, 0, 1]), Buffer.from('{"id":3}\n')];
    for (const tail of [...tails, Buffer.concat([Buffer.alloc(20), gzipSync(text('lost'))])]) {
      await expect(membersOf(Buffer.concat([await small(kind), tail]))).rejects.toEqual(corrupt);
    }
  });

  test.each(['', '\0\0\0', '{"id":1}\n', '\u001f', '\u001f\u008b', 'PK\u0003\u0004'])('fails for %j', async (bytes) => {
    await expect(membersOf(Buffer.from(bytes, 'latin1'))).rejects.toEqual(corrupt);
  });

  test('fails for text behind the last line end, own or foreign', async () => {
    const unfinished = { own: ownMember(Buffer.from('{"id":1}\n{"id"')), foreign: gzipSync('{"id":1}\n{"id"') };

    await expect(membersOf(unfinished.own)).rejects.toEqual(corrupt);
    await expect(membersOf(unfinished.foreign)).rejects.toEqual(corrupt);
    await expect(membersOf(Buffer.concat([unfinished.foreign, await small('own')]))).rejects.toEqual(corrupt);
  });

  test('fails for a member of ours that unpacks to more than it says, without unpacking it all', async () => {
    const bomb = ownMember(Buffer.alloc(80_000_000, '\n'), 1000);

    await expect(membersOf(bomb, 65_536)).rejects.toEqual(corrupt);
  });

  test('fails for a member of ours beyond 64 MB', async () => {
    await expect(membersOf(ownMember(Buffer.alloc(64 * 1024 * 1024 + 1, '\n')), 65_536)).rejects.toEqual(corrupt);
  });

  test('fails for a foreign line beyond 64 MB', async () => {
    const object = gzipSync(Buffer.alloc(70_000_000, 'x'), { level: 1 });

    await expect(membersOf(object, 65_536)).rejects.toEqual(corrupt);
  });

  test('fails for a member of ours that says it is longer than a member can be', async () => {
    const member = ownMember(text('a'));
    member.writeUInt32LE(0xffff_ffff, 16);

    await expect(membersOf(member)).rejects.toEqual(corrupt);
  });

  test('fails to unpack what is no single member of ours', async () => {
    const packed = await codec.pack(text('a'));
    const unreadable = expect.objectContaining({ code: 'object-corrupt' });

    await expect(codec.unpack(packed.subarray(0, -1))).rejects.toEqual(unreadable);
    await expect(codec.unpack(Buffer.concat([packed, packed]))).rejects.toEqual(unreadable);
    await expect(codec.unpack(gzipSync(text('a')))).rejects.toEqual(unreadable);
    await expect(codec.unpack(Buffer.of())).rejects.toEqual(unreadable);
  });

  test.each(['own', 'foreign'])(
    'fails with the error of the source, not with one about the object (%s)',
    async (kind) => {
      const object = await small(kind);
      async function* breaking(): AsyncGenerator<Uint8Array> {
        yield object.subarray(0, 25);
        throw new Error('disk gone');
      }

      await expect(collect(codec.readMembers(breaking(), path))).rejects.toThrow('disk gone');
    },
  );
});

/** A member of ours made by hand, so that it can hold what `pack` refuses; `claimed` stands where its length belongs. */
function ownMember(lines: Uint8Array, claimed = lines.length): Buffer {
  const deflated = deflateRawSync(lines, { level: zlib.Z_BEST_SPEED });
  const header = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, 0x43, 0x4c, 4, 0, 0, 0, 0, 0]);
  header.writeUInt32LE(28 + deflated.length, 16);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(lines), 0);
  trailer.writeUInt32LE(claimed, 4);
  return Buffer.concat([header, deflated, trailer]);
}

describe('an object of a single member', () => {
  const single = gzipCodec({ level: 6, single: true });
  const packWhole = (lines: AsyncIterable<Uint8Array>) => single.packWhole?.(lines) ?? lines;
  const block = (n: number) => text(...Array.from({ length: 5000 }, (_, i) => `{"id":${n * 5000 + i}}`));

  async function* blocks(count: number): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < count; n++) yield block(n);
  }

  test('is read by a reader that knows one member only, and by ours', async () => {
    const pieces: Uint8Array[] = [];
    for await (const piece of packWhole(blocks(30))) pieces.push(piece);
    const object = Buffer.concat(pieces);
    const lines = Buffer.concat(Array.from({ length: 30 }, (_, n) => block(n)));

    // DecompressionStream fails for anything behind the first member.
    const unpacked = new Blob([object]).stream().pipeThrough(new DecompressionStream('gzip'));
    expect(Buffer.from(await new Response(unpacked).arrayBuffer()).equals(lines)).toBe(true);
    const members = await membersOf(object, 10_000);
    expect(Buffer.concat(members.map((member) => member.lines)).equals(lines)).toBe(true);
    expect(members.every(({ packed }) => packed === undefined)).toBe(true);
  });

  test('of no lines is gzip of nothing', async () => {
    const pieces: Uint8Array[] = [];
    for await (const piece of packWhole(blocks(0))) pieces.push(piece);

    expect(gunzipSync(Buffer.concat(pieces))).toHaveLength(0);
  });

  test('fails with what its lines fail with', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield* blocks(3);
      throw new Error('the lines ended early');
    }

    await expect(async () => {
      for await (const _ of packWhole(failing()));
    }).rejects.toThrow('the lines ended early');
  });

  test('ends its lines when its reader stops', async () => {
    const ended = Promise.withResolvers<void>();
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (let n = 0; ; n++) yield Buffer.from(`${Math.sin(n)}\n`.repeat(1 + (n % 7)));
      } finally {
        ended.resolve();
      }
    }

    for await (const _ of packWhole(endless())) break;

    await ended.promise;
  });
});
