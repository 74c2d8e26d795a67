import type { Period } from './budget-period.ts';

/**
 * So many periods are remembered. One alone may show too little, where others had used much of it before the first response came; all
 * of them would remember a limit for ever that the vendor has lowered since.
 */
const PERIODS_KEPT = 3;

/** What a whole period of a budget holds: as the vendor says, else the most that was seen of it lately. */
export interface LearntLimit {
  /** Takes note of what is known of the present period. */
  note(period: Period): void;
  of(period: Period): number;
}

/** Nothing is learnt yet. */
export function createLearntLimit(): LearntLimit {
  let seen: { readonly of: number; readonly highest: number }[] = [];
  return {
    note(period) {
      const of = period.period ?? period.resetsAt;
      const before = seen.filter((other) => other.of !== of);
      seen = [...before, { of, highest: period.highest }].slice(-PERIODS_KEPT);
    },
    of: ({ limit, highest }) => Math.max(highest, limit ?? Math.max(...seen.map((period) => period.highest))),
  };
}
