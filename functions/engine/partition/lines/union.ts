import { ConvlakeError } from '../../errors.ts';
import type { Codec } from '../../ports.ts';
import { countLines, splitLines } from '../../rows/lines.ts';
import { BLOCK_BYTES } from './block.ts';
import { livingLines, type MemberEntry, seqAt } from './members.ts';

/** A member below this is small; a partition with many of them has neighbours packed together at its next commit. */
const SMALL_BYTES = BLOCK_BYTES / 4;
const MANY_SMALL = 16;
const LINE_FEED = Uint8Array.of(0x0a);

/** Where the bytes of a union come from. */
export interface UnionSources {
  /** The object that the commit rests on, from its first byte to its last. */
  readonly object: () => AsyncIterable<Uint8Array>;
  readonly spool: (offset: number, length: number) => Promise<Uint8Array>;
  /** What to call the object in an error. */
  readonly path: string;
}

/** A new object while it is written. `members` and `bytes()` are complete once all of `pieces` has been taken. */
export interface Union {
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly members: readonly MemberEntry[];
  readonly bytes: () => number;
}

/** A member met on the way through the old bytes: packed, or (of foreign gzip) already unpacked. */
export interface Met {
  readonly source: MemberEntry;
  readonly packed?: Uint8Array;
  readonly lines?: Uint8Array;
  /** The position of its first line among the source's. */
  readonly from: number;
}

/**
 * The union of an object and a spool. Members without a superseded line are copied as they are; of the others the lines that
 * still count are packed again under their old sequence numbers, so that the index over them stays true.
 */
export function unite(members: readonly MemberEntry[], sources: UnionSources, codec: Codec): Union {
  const written: MemberEntry[] = [];
  let offset = 0;
  const put = (member: Omit<MemberEntry, 'in' | 'offset' | 'superseded'>) => {
    written.push({ ...member, in: 'object', offset, superseded: new Set() });
    offset += member.packedBytes;
  };

  const repack = async (group: Group): Promise<Uint8Array> => {
    const raw = Buffer.concat(group.kept);
    const seqs = Uint32Array.from(group.seqs);
    const packed = await codec.pack(raw);
    put({
      firstSeq: seqs[0] ?? 0,
      lastSeq: seqs.at(-1) ?? 0,
      seqs,
      lines: seqs.length,
      rawBytes: raw.length,
      packedBytes: packed.length,
    });
    return packed;
  };

  async function* pieces(): AsyncGenerator<Uint8Array> {
    const before = predecessors(members);
    const mergeSmall = members.filter((m) => isSmall(m) && livingLines(m) > 0).length >= MANY_SMALL;
    let group = new Group();
    for await (const met of meet(members, sources, codec)) {
      const { source, packed } = met;
      if (packed && livingLines(source) === 0) continue;
      const asItIs = packed && source.superseded.size === 0 && !(mergeSmall && isSmall(source));
      if (group.seqs.length > 0 && (asItIs || !group.takes(source, before.get(source)))) {
        yield await repack(group);
        group = new Group();
      }
      if (asItIs) {
        put(source);
        yield packed;
      } else {
        group.add(met, met.lines ?? (packed ? await codec.unpack(packed) : new Uint8Array()));
      }
    }
    if (group.seqs.length > 0) yield await repack(group);
    if (written.length === 0) {
      const nothing = await codec.pack(new Uint8Array());
      offset = nothing.length;
      yield nothing;
    }
  }

  return { pieces: pieces(), members: written, bytes: () => offset };
}

const isSmall = (member: MemberEntry) => member.rawBytes < SMALL_BYTES;

/** The member that comes just before each one in the order of sequence numbers. */
function predecessors(members: readonly MemberEntry[]): Map<MemberEntry, MemberEntry | undefined> {
  const sorted = members.toSorted((a, b) => a.firstSeq - b.firstSeq);
  return new Map(sorted.map((member, i) => [member, sorted[i - 1]]));
}

/** Every member on the way through the old bytes: those of the object as they lie there, then those of the spool. */
export async function* meet(members: readonly MemberEntry[], sources: UnionSources, codec: Codec): AsyncGenerator<Met> {
  const foreign = members.find((member) => member.in === 'foreign');
  if (foreign) {
    let from = 0;
    for await (const { lines } of codec.readMembers(sources.object(), sources.path)) {
      yield { source: foreign, lines, from };
      from += countLines(lines);
    }
  }
  const inObject = members.filter((member) => member.in === 'object').sort((a, b) => a.offset - b.offset);
  if (inObject.length > 0) {
    const packedMembers = cut(
      sources.object(),
      inObject.map((member) => member.packedBytes),
      sources.path,
    );
    let next = 0;
    for await (const packed of packedMembers) {
      const source = inObject[next++];
      if (source) yield { source, packed, from: 0 };
    }
  }
  for (const source of members) {
    if (source.in !== 'spool') continue;
    if (livingLines(source) === 0) continue;
    yield { source, packed: await sources.spool(source.offset, source.packedBytes), from: 0 };
  }
}

/** Cuts a stream of bytes into pieces of the given lengths. */
async function* cut(
  pieces: AsyncIterable<Uint8Array>,
  lengths: readonly number[],
  path: string,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let next = 0;
  for await (const piece of pieces) {
    held.push(piece);
    heldBytes += piece.length;
    if (heldBytes < (lengths[next] ?? Number.POSITIVE_INFINITY)) continue;
    let bytes: Uint8Array = held.length === 1 ? piece : Buffer.concat(held);
    for (let want = lengths[next]; want !== undefined && bytes.length >= want; want = lengths[next]) {
      yield bytes.subarray(0, want);
      bytes = bytes.subarray(want);
      next++;
    }
    held = [bytes];
    heldBytes = bytes.length;
  }
  if (next < lengths.length || heldBytes > 0) {
    throw new ConvlakeError(
      'object-corrupt',
      'retry',
      `${path} has another length than when it was indexed; run again`,
    );
  }
}

/** Neighbouring lines that will be packed together. */
export class Group {
  readonly kept: Uint8Array[] = [];
  readonly seqs: number[] = [];
  #rawBytes = 0;
  #last: MemberEntry | undefined;

  /** Only direct neighbours may share a member: its range of numbers must not reach over another member's. */
  takes(member: MemberEntry, predecessor: MemberEntry | undefined): boolean {
    return this.#rawBytes + member.rawBytes <= BLOCK_BYTES && this.#last !== undefined && predecessor === this.#last;
  }

  /** Takes the lines in that still count. */
  add({ source, from }: Met, lines: Uint8Array): void {
    let position = from;
    for (const line of splitLines(lines)) {
      const seq = seqAt(source, position++);
      if (source.superseded.has(seq)) continue;
      this.kept.push(line, LINE_FEED);
      this.seqs.push(seq);
      this.#rawBytes += line.length + 1;
    }
    this.#last = source;
  }
}
