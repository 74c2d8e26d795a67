import type { Codec } from '../../ports.ts';
import { splitLines } from '../../rows/lines.ts';
import { type MemberEntry, seqAt } from './members.ts';
import { meet, type UnionSources } from './union.ts';

/** The wanted lines of a partition with their sequence numbers, in the order in which they lie; only members that hold one are unpacked. */
export async function* linesOf(
  members: readonly MemberEntry[],
  wanted: ReadonlySet<number>,
  sources: UnionSources,
  codec: Codec,
): AsyncGenerator<readonly [number, Uint8Array]> {
  const needed = members.filter((member) => member.in !== 'spool' || holdsAny(member, wanted));
  for await (const { source, packed, lines, from } of meet(needed, sources, codec)) {
    if (!holdsAny(source, wanted)) continue;
    let position = from;
    for (const line of splitLines(lines ?? (packed ? await codec.unpack(packed) : new Uint8Array()))) {
      const seq = seqAt(source, position++);
      if (wanted.has(seq)) yield [seq, line];
    }
  }
}

/** True when one of the numbers lies in the member's range; it may all the same be none of its lines. */
function holdsAny({ firstSeq, lastSeq }: MemberEntry, wanted: ReadonlySet<number>): boolean {
  for (const seq of wanted) if (seq >= firstSeq && seq <= lastSeq) return true;
  return false;
}
