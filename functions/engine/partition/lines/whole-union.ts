import type { Codec } from '../../ports.ts';
import { livingLines, type MemberEntry } from './members.ts';
import { Group, meet, type Union, type UnionSources } from './union.ts';

/**
 * The union of an object and a spool as one gzip member, for readers that go no further than the first. Every line is packed
 * again, as a stream; where a line lies in the object nobody knows afterwards, as in an object of somebody else's gzip.
 */
export function uniteWhole(
  members: readonly MemberEntry[],
  sources: UnionSources,
  codec: Codec,
  packWhole: NonNullable<Codec['packWhole']>,
): Union {
  const written: MemberEntry[] = [];
  const seqs = new Numbers();
  let rawBytes = 0;
  let packedBytes = 0;

  async function* living(): AsyncGenerator<Uint8Array> {
    for await (const met of meet(members, sources, codec)) {
      if (met.packed && livingLines(met.source) === 0) continue;
      const group = new Group();
      group.add(met, met.lines ?? (met.packed ? await codec.unpack(met.packed) : new Uint8Array()));
      if (group.seqs.length === 0) continue;
      for (const seq of group.seqs) seqs.push(seq);
      const lines = Buffer.concat(group.kept);
      rawBytes += lines.length;
      yield lines;
    }
  }

  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const piece of packWhole(living())) {
      packedBytes += piece.length;
      yield piece;
    }
    if (seqs.length > 0) written.push(wholeObject());
  }

  // Its numbers need not ascend: after somebody else's commit the object's lines are numbered above those of the spool.
  function wholeObject(): MemberEntry {
    const lines = seqs.length;
    const { least: firstSeq, most: lastSeq } = seqs;
    const superseded = new Set<number>();
    return {
      firstSeq,
      lastSeq,
      seqs: seqs.taken(),
      lines,
      rawBytes,
      packedBytes: 0,
      in: 'foreign',
      offset: 0,
      superseded,
    };
  }

  return { pieces: pieces(), members: written, bytes: () => packedBytes };
}

/** Numbers below 2^32, 4 bytes each: an array of millions would take two to four times as much. */
class Numbers {
  length = 0;
  least = Number.POSITIVE_INFINITY;
  most = -1;
  #values = new Uint32Array(1024);

  push(value: number): void {
    if (this.length === this.#values.length) {
      const grown = new Uint32Array(2 * this.length);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.length++] = value;
    this.least = Math.min(this.least, value);
    this.most = Math.max(this.most, value);
  }

  taken(): Uint32Array {
    return this.#values.slice(0, this.length);
  }
}
