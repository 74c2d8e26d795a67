/**
 * A gzip member of a partition, on its way or in place: so many lines under one compression. Every line of a writer has a
 * sequence number of its own for as long as the writer lives, and a member holds an ascending range of them.
 */
export interface MemberEntry {
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** The sequence number of each line, where they are not simply consecutive from `firstSeq`. */
  readonly seqs: Uint32Array | undefined;
  readonly lines: number;
  /** Bytes unpacked. */
  readonly rawBytes: number;
  /** 0 until packing has ended. */
  packedBytes: number;
  /** Where its packed bytes are; `foreign` bytes are somewhere in the object, but nobody knows where without unpacking. */
  readonly in: 'object' | 'spool' | 'foreign';
  offset: number;
  /** Sequence numbers of lines that a better one has taken the place of. */
  readonly superseded: Set<number>;
}

/** How many of a member's lines still count. */
export function livingLines(member: MemberEntry): number {
  return member.lines - member.superseded.size;
}

/** The sequence number of the line at `position` of a member. */
export function seqAt(member: MemberEntry, position: number): number {
  return member.seqs?.[position] ?? member.firstSeq + position;
}

/** The members of a partition in ascending order of sequence numbers. */
export class Members {
  #entries: MemberEntry[] = [];

  get all(): readonly MemberEntry[] {
    return this.#entries;
  }

  /** Appends a member whose numbers lie above all that are there. */
  push(member: MemberEntry): void {
    this.#entries.push(member);
  }

  /** Marks a line as superseded. False when no member holds it (it is still in the writer's open block). */
  supersede(seq: number): boolean {
    const member = this.#holding(seq);
    member?.superseded.add(seq);
    return member !== undefined;
  }

  /** Takes the mark off a line again. */
  restore(seq: number): void {
    this.#holding(seq)?.superseded.delete(seq);
  }

  /** Takes the place of all members. */
  reset(entries: readonly MemberEntry[]): void {
    this.#entries = entries.toSorted((a, b) => a.firstSeq - b.firstSeq);
  }

  #holding(seq: number): MemberEntry | undefined {
    let low = 0;
    let high = this.#entries.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const member = this.#entries[middle];
      if (member === undefined) return undefined;
      if (seq < member.firstSeq) high = middle - 1;
      else if (seq > member.lastSeq) low = middle + 1;
      else return member;
    }
    return undefined;
  }
}
