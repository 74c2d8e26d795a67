import type { Budget } from '../../engine/source.ts';

/** A reset that lies in the past means that the vendor's clock is behind ours: the budget may be full after this. */
const SKEW_MS = 1000;
/** Resets this close are one period's: vendors that name seconds from now give a slightly different instant each time. */
const SAME_PERIOD_MS = 1000;

/** When a request was sent. */
export interface Sent {
  /** Epoch ms. */
  readonly at: number;
  /** How many responses had told a budget by then. */
  readonly after: number;
}

/** What is known of the present period of a budget. */
export interface Period extends Budget {
  /** The most that was seen in it: what was left before the request that was told so. */
  readonly highest: number;
  /**
   * The smallest drop between two of its responses. Other clients of the budget only make drops larger, so it is the nearest to what a
   * request of ours costs where the vendor does not say.
   */
  readonly drop: number | undefined;
  /** That of the period before, which counts until this one has its own. */
  readonly dropBefore: number | undefined;
  /** How many responses told a budget up to the one that `remaining` is from. */
  readonly responses: number;
}

/** What a request takes out of the budget, as far as is known. */
export function costOf({ cost, drop, dropBefore }: Pick<Period, 'cost' | 'drop' | 'dropBefore'>): number {
  return Math.max(1, cost ?? drop ?? dropBefore ?? 1);
}

/** The first of a period. */
export function firstOf(seen: Budget, responses: number, now: number, dropBefore: number | undefined): Period {
  const first = { ...seen, resetsAt: futureReset(seen, now), drop: undefined, dropBefore, responses };
  return { ...first, highest: seen.remaining + costOf(first) };
}

/**
 * What is known once a further response is there. Responses may overtake each other: of one period the one whose request was sent after
 * the other's response is the later, and else the one that has less left. Of two periods the later counts.
 */
export function withBudget(known: Period, seen: Budget, sent: Sent, responses: number, now: number): Period {
  const order = periodOrder(known, seen, now);
  if (order < 0) return known;
  // The vendor may have counted a request in the minute before the one in which it wrote the response. To take a rest that has not
  // grown for that of the new minute would waste all of it.
  const straddles = sent.at < known.resetsAt && now >= known.resetsAt && seen.remaining <= known.remaining;
  if (order > 0 && !straddles) return firstOf(seen, responses, now, known.drop ?? known.dropBefore);
  const later = sent.after >= known.responses;
  const remaining = later ? seen.remaining : Math.min(known.remaining, seen.remaining);
  const fell = known.remaining - seen.remaining;
  const drop = fell > 0 ? Math.min(fell, known.drop ?? fell) : known.drop;
  const cost = seen.cost ?? known.cost;
  return {
    ...known,
    remaining,
    limit: seen.limit,
    drop,
    responses: remaining === seen.remaining ? responses : known.responses,
    highest: Math.max(known.highest, seen.remaining + costOf({ ...known, ...seen, drop })),
    // Seconds that were cut off and time on the way only make a reset seem later than it is.
    resetsAt:
      order === 0 && seen.period !== undefined ? Math.min(known.resetsAt, futureReset(seen, now)) : known.resetsAt,
    ...(cost !== undefined && { cost }),
  };
}

/** A request without a response may have been counted all the same. */
export function withLostResponse(known: Period): Period {
  return { ...known, remaining: known.remaining - costOf(known) };
}

function futureReset({ resetsAt }: Budget, now: number): number {
  return resetsAt > now ? resetsAt : now + SKEW_MS;
}

/** Below 0 for a budget of an earlier period than the known one, above it for one of a later. */
function periodOrder(known: Period, seen: Budget, now: number): number {
  if (known.period !== undefined && seen.period !== undefined) return seen.period - known.period;
  const laterMs = futureReset(seen, now) - known.resetsAt;
  return Math.abs(laterMs) < SAME_PERIOD_MS ? 0 : laterMs;
}
