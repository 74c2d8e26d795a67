import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BLOCK_BYTES } from '../../../../../functions/engine/partition/lines/block.ts';
import { LineStore } from '../../../../../functions/engine/partition/lines/line-store.ts';
import type { Union } from '../../../../../functions/engine/partition/lines/union.ts';
import type { Codec, Member } from '../../../../../functions/engine/ports.ts';
import { MemoryLake, plainCodec } from '../../../../support/run/memory-ports.ts';

const decoder = new TextDecoder();

/** A line store over an object in memory: what a writer does with one, without its rules. */
class Partition {
  object: Buffer = Buffer.alloc(0);
  lines: LineStore;
  union: Union | undefined;
  readonly #codec: Codec;

  constructor(codec = plainCodec) {
    this.#codec = codec;
    this.lines = this.#open();
  }

  append(line: string): number {
    return this.lines.append(Buffer.from(line));
  }

  async commit(): Promise<void> {
    await this.lines.settle();
    const union = this.lines.union(() => pieces(this.object), 'object');
    this.object = await gather(union.pieces);
    expect(union.bytes()).toBe(this.object.length);
    await this.lines.adopt(union);
    this.union = union;
  }

  /** A new store over what stands there, as the next run has it; `bounds: false` where nobody knows the members' bounds. */
  async reopen(each: (line: string, seq: number) => void = () => undefined, bounds = true): Promise<void> {
    this.lines = this.#open();
    await this.index(each, bounds);
  }

  async index(each: (line: string, seq: number) => void = () => undefined, bounds = true): Promise<void> {
    const members = (bounds ? plainCodec : boundless).readMembers(pieces(this.object), 'object');
    await this.lines.index(members, (line, seq) => each(decoder.decode(line), seq));
  }

  async members(): Promise<string[][]> {
    const all: string[][] = [];
    for await (const { lines } of plainCodec.readMembers(pieces(this.object), 'object')) {
      all.push(decoder.decode(lines).split('\n').slice(0, -1));
    }
    return all;
  }

  #open(): LineStore {
    return new LineStore(this.#codec, new MemoryLake().connect().openSpool(), new Set());
  }
}

/** Reads members as those of foreign gzip are read: unpacked, in parts, their bounds unknown. */
const boundless: Codec = {
  ...plainCodec,
  readMembers: async function* (bytes, path): AsyncGenerator<Member> {
    for await (const { lines } of plainCodec.readMembers(bytes, path)) yield { packed: undefined, lines };
  },
};

/** Writes objects of a single member, in as many pieces as there were of lines. */
const whole: Codec = {
  ...boundless,
  async *packWhole(lines) {
    const raw = await gather(lines);
    const member = Buffer.from(await plainCodec.pack(raw));
    yield member.subarray(0, 3);
    yield member.subarray(3);
  },
};

/** Pieces that fall anywhere but on the bounds of members. */
async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 777) yield bytes.subarray(at, at + 777);
}

async function gather(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
}

const packed = (...lines: string[]) => plainCodec.pack(Buffer.from(lines.map((line) => `${line}\n`).join('')));
/** A line of a quarter block: a member of it is not small. */
const wide = (name: string) => name.padEnd(BLOCK_BYTES / 4, '.');

describe('the union of an object and a spool', () => {
  test('copies members without a superseded line byte for byte', async () => {
    const partition = new Partition();
    const clean = [await packed(wide('a'), wide('b')), await packed(wide('e'))];
    const [first, last] = clean;
    partition.object = Buffer.concat([first ?? [], await packed(wide('c'), wide('d')), last ?? []].map(Buffer.from));
    const seqs = new Map<string, number>();
    await partition.reopen((line, seq) => seqs.set(line, seq));

    partition.lines.supersede(seqs.get(wide('c')) ?? -1);
    partition.append('new');
    await partition.commit();

    expect(partition.object).toEqual(
      Buffer.concat([first ?? [], await packed(wide('d')), last ?? [], await packed('new')].map(Buffer.from)),
    );
    expect(partition.union?.members.map(({ lines }) => lines)).toEqual([2, 1, 1, 1]);
  });

  test('leaves out superseded lines of the object, of the spool and of the block that is still open', async () => {
    const partition = new Partition();
    partition.object = Buffer.from(await packed('old', 'kept'));
    let old = -1;
    await partition.reopen((line, seq) => {
      if (line === 'old') old = seq;
    });
    const spooled = partition.append('spooled');
    await partition.lines.settle();
    const open = partition.append('open');
    partition.append('stays');

    for (const seq of [old, spooled, open]) partition.lines.supersede(seq);
    await partition.commit();

    expect((await partition.members()).flat().sort()).toEqual(['kept', 'stays']);
    expect(partition.lines.livingLines).toBe(2);
  });

  test('of an object whose every line is superseded is one empty member, and lines may come after it', async () => {
    const partition = new Partition();
    partition.object = Buffer.from(await packed('a', 'b'));
    const seqs: number[] = [];
    await partition.reopen((_, seq) => seqs.push(seq));
    for (const seq of seqs) partition.lines.supersede(seq);
    await partition.commit();

    expect(await partition.members()).toEqual([[]]);

    partition.append('c');
    await partition.commit();
    expect(await partition.members()).toEqual([['c']]);
    await partition.reopen();
    expect(partition.lines.livingLines).toBe(1);
  });

  test('packs many small neighbours together, and few not', async () => {
    const smallMembers = async (count: number) => {
      const partition = new Partition();
      for (let i = 0; i < count; i++) {
        partition.append(`line ${i}`);
        await partition.lines.settle();
      }
      await partition.commit();
      return partition.members();
    };

    expect(await smallMembers(15)).toHaveLength(15);
    const merged = await smallMembers(16);
    expect(merged).toEqual([Array.from({ length: 16 }, (_, i) => `line ${i}`)]);
  });

  test('packs no lines together across the numbers of another member, so that each can still be found', async () => {
    const partition = new Partition();
    // Twenty small members of numbers 0 to 19 wait in the spool; those of the object are numbered after them, but lie before.
    const seqs = new Map<string, number>();
    const appendSmall = async (line: string) => {
      seqs.set(line, partition.append(line));
      await partition.lines.settle();
    };
    for (let i = 0; i < 10; i++) await appendSmall(`first ${i}`);
    await appendSmall(wide('large'));
    for (let i = 0; i < 10; i++) await appendSmall(`second ${i}`);
    partition.object = Buffer.concat(await Promise.all(['x', 'y', 'z'].map((line) => packed(line))));
    await partition.index((line, seq) => seqs.set(line, seq));
    await partition.commit();

    for (const [line, seq] of seqs) {
      partition.lines.supersede(seq);
      await partition.commit();
      expect((await partition.members()).flat()).not.toContain(line);
    }
    expect(await partition.members()).toEqual([[]]);
  });

  test('of foreign gzip is of lines alone, in members with bounds of their own', async () => {
    const partition = new Partition();
    partition.object = Buffer.concat([await packed('a', 'b'), await packed('c')]);
    const seqs = new Map<string, number>();
    await partition.reopen((line, seq) => seqs.set(line, seq), false);
    partition.append('d');
    partition.lines.supersede(seqs.get('b') ?? -1);
    await partition.commit();

    expect((await partition.members()).flat()).toEqual(['a', 'c', 'd']);

    for (const line of ['a', 'c']) partition.lines.supersede(seqs.get(line) ?? -1);
    await partition.commit();
    expect((await partition.members()).flat()).toEqual(['d']);
  });

  test('fails where the object has become longer or shorter than when it was indexed', async () => {
    for (const change of [(was: Buffer) => was.subarray(1), (was: Buffer) => Buffer.concat([was, Buffer.of(0)])]) {
      const partition = new Partition();
      partition.object = Buffer.concat([await packed('a'), await packed('b')]);
      await partition.reopen();
      partition.object = change(partition.object);
      partition.append('c');

      await expect(partition.commit()).rejects.toMatchObject({ code: 'object-corrupt', recovery: 'retry' });
    }
  });

  test('fails with what spooling failed with, at the next commit', async () => {
    const full = { ...new MemoryLake().connect().openSpool(), append: () => Promise.reject(new Error('disk full')) };
    const lines = new LineStore(plainCodec, full, new Set());
    lines.append(Buffer.from('a'));

    await expect(lines.settle()).rejects.toThrow('disk full');
    await expect(lines.settle()).rejects.toThrow('disk full');
  });
});

describe('the union as a single member', () => {
  test('has every living line, of a single member or of several, and none that was superseded', async () => {
    const partition = new Partition(whole);
    partition.object = Buffer.concat([await packed('a', 'b'), await packed('c')]);
    const seqs = new Map<string, number>();
    await partition.reopen((line, seq) => seqs.set(line, seq));
    partition.append('d');
    partition.lines.supersede(seqs.get('b') ?? -1);
    await partition.commit();

    expect(await partition.members()).toEqual([['a', 'c', 'd']]);

    partition.lines.supersede(seqs.get('c') ?? -1);
    partition.append('e');
    await partition.commit();
    expect(await partition.members()).toEqual([['a', 'd', 'e']]);
  });

  test('becomes several members again where they are wanted', async () => {
    const single = new Partition(whole);
    single.append('a');
    await single.commit();
    const partition = new Partition();
    partition.object = single.object;
    await partition.reopen(undefined, false);
    partition.append('b');
    await partition.commit();

    expect((await partition.members()).flat()).toEqual(['a', 'b']);
  });

  test('ends with what the lines fail with', async () => {
    const partition = new Partition(whole);
    partition.object = Buffer.from(await packed('a'));
    await partition.reopen();
    partition.object = partition.object.subarray(1);
    partition.append('b');

    await expect(partition.commit()).rejects.toMatchObject({ code: 'object-corrupt' });
  });
});

describe.each([
  ['members', plainCodec],
  ['a single member', whole],
] as const)('of %s, any sequence of appends, supersedings, commits and readings of the object', (_, codec) => {
  const sizes = fc.constantFrom(1, 40, 3000, 20_000, BLOCK_BYTES / 4, BLOCK_BYTES);
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('append' as const), size: sizes, times: fc.integer({ min: 1, max: 6 }) }),
    },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('beat' as const), pick: fc.nat() }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('pack' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('commit' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const), bounds: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('replaced' as const), bounds: fc.boolean() }) },
  );

  test('keeps exactly the living lines, each once, and still finds them to supersede', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const partition = new Partition(codec);
        /** The living lines by name with their numbers: of the object, and read since. */
        let inObject = new Map<string, number>();
        let read = new Map<string, number>();
        let named = 0;
        const indexed = new Map<string, number>();
        const note = (line: string, seq: number) => void indexed.set(line, seq);
        const commit = async () => {
          await partition.commit();
          inObject = new Map([...inObject, ...read]);
          read = new Map();
          expect((await partition.members()).flat().sort()).toEqual([...inObject.keys()].sort());
          expect(partition.lines.livingLines).toBe(inObject.size);
          if (codec === whole) expect(await partition.members()).toHaveLength(1);
        };
        for (const one of steps) {
          if (one.do === 'append') {
            for (let i = 0; i < one.times; i++) {
              const line = `${named++} `.padEnd(one.size, '.');
              read.set(line, partition.append(line));
            }
          } else if (one.do === 'beat') {
            const living = [...inObject, ...read];
            const [line, seq] = living[one.pick % Math.max(1, living.length)] ?? [];
            if (line === undefined || seq === undefined) continue;
            partition.lines.supersede(seq);
            inObject.delete(line);
            read.delete(line);
          } else if (one.do === 'pack') {
            await partition.lines.settle();
          } else if (one.do === 'commit') {
            await commit();
          } else {
            // Another run changes the object (here: takes lines away, puts one in); the store forgets the old one.
            indexed.clear();
            if (one.do === 'reopen') {
              await commit();
              await partition.reopen(note, one.bounds);
            } else {
              await partition.lines.settle();
              partition.object = Buffer.concat([await packed(`${named++} theirs`), await packed(`${named++} theirs`)]);
              partition.lines.forgetObject();
              await partition.index(note, one.bounds);
            }
            inObject = new Map(indexed);
          }
        }
        await commit();
      }),
      { numRuns: 60 },
    );
  });
});
