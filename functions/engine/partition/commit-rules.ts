import { Rank } from '../rows/identify.ts';

/** What happens to a row that was read when its key is known already. */
export type Verdict = 'same' | 'wins' | 'loses' | 'undecided';

/** The best known row of a key. */
export interface Incumbent {
  /** True when its bytes are those of the row that was read. */
  readonly same: boolean;
  readonly version: number | undefined;
  /** True when this run read these very bytes and keeps or committed them; false when they were found in the object. */
  readonly ours: boolean;
  /** The tick of the last request of this run that returned the key; 0 for none. */
  readonly readAt: number;
}

/** A row that was read. */
export interface Challenger {
  readonly version: number | undefined;
  /** The tick of the request that returned it. */
  readonly readAt: number;
  /** The tick at which its walk began. */
  readonly walkBegan: number;
}

/**
 * Decides between two rows of one key. The newer version stays. Of equal versions, or none, two readings of one run are told
 * apart by the order of their requests. Against a row that another run wrote, a reading counts as newer only if its walk began
 * after the object's tag was taken (`tagTaken`): then everything in the object had been read before. Else nobody can say which
 * is newer: what is there stays, and the window is read again.
 */
export function judge(incumbent: Incumbent, challenger: Challenger, tagTaken: number): Verdict {
  if (incumbent.same) return 'same';
  const newer = compareVersions(challenger.version, incumbent.version);
  if (newer !== 0) return newer > 0 ? 'wins' : 'loses';
  if (incumbent.readAt > challenger.readAt) return 'loses';
  if (incumbent.ours) return 'wins';
  return challenger.walkBegan > tagTaken ? 'wins' : 'undecided';
}

/** Negative, zero or positive as `a` is older than, equal to or newer than `b`; a row without a version is older than any with one. */
export function compareVersions(a: number | undefined, b: number | undefined): number {
  return (a ?? Number.NEGATIVE_INFINITY) === (b ?? Number.NEGATIVE_INFINITY)
    ? 0
    : (a ?? Number.NEGATIVE_INFINITY) - (b ?? Number.NEGATIVE_INFINITY);
}

/** What a line of a detail stream adds to the best known one of its key, or to one that was fetched. */
export interface DetailFacts {
  readonly rank: Rank;
}

/** A detail that was fetched, or what stands for one that could not be. */
export interface DetailChallenger extends Challenger, DetailFacts {
  /** Fetched although one is held for the same state: then its bytes are compared. */
  readonly refetched: boolean;
  /** It has nothing in it, and nobody says why, or what was in it is to be kept: not to be taken for one that is held. */
  readonly doubtful: boolean;
  /** True when the bytes are the same. */
  readonly sameBytes: boolean;
}

/**
 * Decides between two lines of a detail stream. Of two for the same state of the list the one that tells more stays, else what is there:
 * a detail is fetched once for each state. What stands for a missing detail never takes the place of one that is held.
 */
export function judgeDetail(
  incumbent: Incumbent & DetailFacts,
  challenger: DetailChallenger,
  tagTaken: number,
): Verdict {
  const verdict = judgeByRank(incumbent, challenger, tagTaken);
  const isOthers = !incumbent.ours && mayNotWin(challenger, incumbent);
  return verdict === 'wins' && isOthers ? 'undecided' : verdict;
}

function judgeByRank(incumbent: Incumbent & DetailFacts, challenger: DetailChallenger, tagTaken: number): Verdict {
  const less = challenger.rank < incumbent.rank;
  if (less && (incumbent.same || challenger.rank === Rank.marker)) return 'loses';
  if (incumbent.same && challenger.rank > incumbent.rank) return 'wins';
  const asked = challenger.refetched && !challenger.sameBytes;
  return judge({ ...incumbent, same: incumbent.same && !asked }, challenger, tagTaken);
}

/** What is not to be taken for a detail that is held: at the next reading that one is known, and kept. */
function mayNotWin({ doubtful }: Pick<DetailChallenger, 'doubtful'>, { rank }: DetailFacts): boolean {
  return doubtful && rank >= Rank.open;
}

/** What becomes of a row that was read and meets another run's commit. */
export type Meeting = 'wins' | 'settled' | 'undecided';

/** Two rows of one key as they meet after a commit by another run. */
export interface Met {
  readonly version: number | undefined;
  readonly rank: Rank;
  readonly refetched: boolean;
  readonly doubtful: boolean;
}

/** Whether a row that was read takes the place of the one that another run has committed. `same` is as in `Incumbent`. */
export function judgeMeeting(
  read: Met,
  present: Met,
  { same, sameBytes }: { readonly same: boolean; readonly sameBytes: boolean },
): Meeting {
  if (read.rank < present.rank && (same || read.rank === Rank.marker)) return 'settled';
  const winning = mayNotWin(read, present) ? 'undecided' : 'wins';
  if (same && read.rank > present.rank) return winning;
  const newer = compareVersions(read.version, present.version);
  if (newer !== 0) return newer > 0 ? winning : 'settled';
  return same && (sameBytes || !read.refetched) ? 'settled' : 'undecided';
}
