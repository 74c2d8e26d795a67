import type { Codec, Member, Spool } from '../../ports.ts';
import { countLines, splitLines } from '../../rows/lines.ts';
import { Block } from './block.ts';
import { livingLines, type MemberEntry, Members } from './members.ts';
import { linesOf } from './read-back.ts';
import { type Union, unite } from './union.ts';
import { uniteWhole } from './whole-union.ts';

/** The packs under way in a run, so that reading waits when packing falls behind. */
export type Packs = Set<Promise<void>>;

/**
 * The lines of one partition: those of its object, which stay there, and those read since, which wait in a spool. Each has a
 * sequence number for as long as the writer lives.
 */
export class LineStore {
  readonly #codec: Codec;
  readonly #spool: Spool;
  readonly #packs: Packs;
  readonly #members = new Members();
  #block = new Block();
  #blockFirst = 0;
  #blockSuperseded = new Set<number>();
  #next = 0;
  readonly #own = new Set<Promise<void>>();
  #failure: { readonly cause: unknown } | undefined;

  constructor(codec: Codec, spool: Spool, packs: Packs) {
    this.#codec = codec;
    this.#spool = spool;
    this.#packs = packs;
  }

  /** The number that the next line will have. */
  get nextSeq(): number {
    return this.#next;
  }

  /** Bytes of rows that are held in memory. */
  get memoryBytes(): number {
    return this.#block.usedBytes + this.#spool.memoryBytes;
  }

  get diskBytes(): number {
    return this.#spool.diskBytes;
  }

  get livingLines(): number {
    const sealed = this.#members.all.reduce((sum, member) => sum + livingLines(member), 0);
    return sealed + this.#block.lines - this.#blockSuperseded.size;
  }

  /** Adds a line that was read and returns its number. Packing goes on in the background. */
  append(line: Uint8Array): number {
    if (this.#block.lines === 0) this.#blockFirst = this.#next;
    this.#block.append(line);
    const seq = this.#next++;
    if (this.#block.full) this.seal();
    return seq;
  }

  /** Takes a line out: another one counts in its place. */
  supersede(seq: number): void {
    if (this.#members.supersede(seq)) return;
    this.#blockSuperseded.add(seq);
  }

  /** Takes a superseded line of the object back in. */
  restore(seq: number): void {
    this.#members.restore(seq);
  }

  /** Numbers the lines of an object that is read for the first time, and calls `each` for every one of them. */
  async index(members: AsyncIterable<Member>, each: (line: Uint8Array, seq: number) => void): Promise<void> {
    this.seal();
    const found: MemberEntry[] = [];
    let offset = 0;
    let foreign = false;
    for await (const { packed, lines } of members) {
      const entry = this.#reserve('object', countLines(lines), lines.length);
      entry.offset = offset;
      entry.packedBytes = packed?.length ?? 0;
      offset += entry.packedBytes;
      foreign ||= packed === undefined;
      found.push(entry);
      let seq = entry.firstSeq;
      for (const line of splitLines(lines)) each(line, seq++);
    }
    if (foreign) this.#members.reset([...this.#members.all.filter((member) => !found.includes(member)), joined(found)]);
  }

  /** Forgets the lines of the object, which another one has replaced. */
  forgetObject(): void {
    this.#members.reset(this.#members.all.filter((member) => member.in === 'spool'));
  }

  /** Hands the open block over to be packed. */
  seal(): void {
    if (this.#block.lines === 0) return;
    const member = this.#reserve('spool', this.#block.lines, this.#block.usedBytes, this.#blockFirst);
    for (const seq of this.#blockSuperseded) member.superseded.add(seq);
    this.#blockSuperseded = new Set();
    const pack = this.#pack(member, this.#block.take());
    this.#own.add(pack);
    this.#packs.add(pack);
    pack.finally(() => {
      this.#own.delete(pack);
      this.#packs.delete(pack);
    });
  }

  /** Resolves when all that was read is in the spool. @throws whatever packing or spooling failed with */
  async settle(): Promise<void> {
    this.seal();
    await Promise.all(this.#own);
    if (this.#failure) throw this.#failure.cause;
  }

  /** The object that holds every living line; `object` gives the bytes of the one that stands. */
  union(object: () => AsyncIterable<Uint8Array>, path: string): Union {
    const spool = (offset: number, length: number) => this.#spool.read(offset, length);
    const { packWhole } = this.#codec;
    const sources = { object, spool, path };
    return packWhole
      ? uniteWhole(this.#members.all, sources, this.#codec, packWhole)
      : unite(this.#members.all, sources, this.#codec);
  }

  /** As many of the wanted lines as make up so many bytes, at least one, by their numbers. */
  async readBack(
    wanted: ReadonlySet<number>,
    mostBytes: number,
    object: () => AsyncIterable<Uint8Array>,
    path: string,
  ): Promise<ReadonlyMap<number, Uint8Array>> {
    await this.settle();
    const spool = (offset: number, length: number) => this.#spool.read(offset, length);
    const found = new Map<number, Uint8Array>();
    let bytes = 0;
    for await (const [seq, line] of linesOf(this.#members.all, wanted, { object, spool, path }, this.#codec)) {
      found.set(seq, Uint8Array.from(line));
      bytes += line.length;
      if (bytes >= mostBytes || found.size === wanted.size) break;
    }
    return found;
  }

  /** Takes the members of a union that was committed: all lines are in the object now. */
  async adopt(union: Union): Promise<void> {
    this.#members.reset(union.members);
    await this.#spool.clear();
  }

  async close(): Promise<void> {
    await Promise.all(this.#own);
    await this.#spool.close();
  }

  #reserve(where: 'object' | 'spool', lines: number, rawBytes: number, firstSeq = this.#next): MemberEntry {
    this.#next = Math.max(this.#next, firstSeq + lines);
    const lastSeq = firstSeq + lines - 1;
    const superseded = new Set<number>();
    const member = {
      firstSeq,
      lastSeq,
      seqs: undefined,
      lines,
      rawBytes,
      packedBytes: 0,
      in: where,
      offset: 0,
      superseded,
    };
    this.#members.push(member);
    return member;
  }

  // Never rejects: a failure is kept for `settle`, so that none goes unhandled while the page is still being read.
  async #pack(member: MemberEntry, lines: Uint8Array): Promise<void> {
    try {
      const packed = await this.#codec.pack(lines);
      member.packedBytes = packed.length;
      member.offset = await this.#spool.append(packed);
    } catch (cause) {
      this.#failure ??= { cause };
    }
  }
}

/** One entry for all parts of an object whose member bounds are not known. */
function joined(parts: readonly MemberEntry[]): MemberEntry {
  const sum = (of: (part: MemberEntry) => number) => parts.reduce((total, part) => total + of(part), 0);
  return {
    firstSeq: parts[0]?.firstSeq ?? 0,
    lastSeq: parts.at(-1)?.lastSeq ?? -1,
    seqs: undefined,
    lines: sum((part) => part.lines),
    rawBytes: sum((part) => part.rawBytes),
    packedBytes: 0,
    in: 'foreign',
    offset: 0,
    superseded: new Set(parts.flatMap((part) => [...part.superseded])),
  };
}
