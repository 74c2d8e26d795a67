import { type Identity, Rank } from '../rows/identify.ts';
import type { IdentifiedRow } from '../rows/oversized.ts';
import { judge, judgeDetail, type Verdict } from './commit-rules.ts';
import type { Walk } from './logical-clock.ts';
import type { Entry } from './row-index.ts';

/** How a detail came to be read. */
export interface DetailManner {
  /** Fetched although one is held for the same state. */
  readonly refetched?: boolean;
  /** It may not take the place of a detail that another run has committed. */
  readonly doubtful?: boolean;
}

/** A row that was read, and when. */
export interface Reading extends IdentifiedRow, DetailManner {
  readonly walk: Walk;
  /** The tick of the request that returned it. */
  readonly readAt: number;
}

/** What happens to a row that was read, given what is known of its key; `same` says whether its content is the known one's. */
export function verdictOn(present: Entry, same: boolean, reading: Reading, tagTaken: number): Verdict {
  const { identity, walk, readAt, refetched = false, doubtful = false } = reading;
  const { version, ours, rank } = present;
  const incumbent = { same, version, ours, readAt: present.readAt, rank };
  const challenger = { version: identity.version, readAt, walkBegan: walk.began };
  if (identity.rank === undefined) return judge(incumbent, challenger, tagTaken);
  const sameBytes = identity.whole?.b === present.whole;
  return judgeDetail(incumbent, { ...challenger, rank: identity.rank, refetched, doubtful, sameBytes }, tagTaken);
}

/** Whether an entry stands for a detail's line: it has the bytes of that one, or is another one of the same state of the list that tells more. */
export function standsFor({ content, rank, whole }: Entry, identity: Identity): boolean {
  const { rank: asked = Rank.row } = identity;
  const sameState = content.a === identity.content.a && content.b === identity.content.b;
  return sameState && (rank > asked || (rank === asked && whole === identity.whole?.b));
}

/** Whether a row is the line that an entry is of. Of a detail's line the bytes have to be alike too: one may be fetched again for the same state of the list. */
export function isAlike(held: Entry, { content, version, rank = Rank.row, whole }: Identity): boolean {
  const sameState = held.content.a === content.a && held.content.b === content.b && held.version === version;
  return sameState && held.rank === rank && held.whole === (whole?.b ?? 0);
}
