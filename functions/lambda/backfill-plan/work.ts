import type { BackfillGroup, BackfillItem, BackfillSpan } from '../../../contract/backfill.ts';

/** A span that is to be read, and with what. */
export interface Work {
  readonly credential: string;
  /** How many spans of its stream and tenant are read at the same time. */
  readonly concurrency: number;
  readonly span: BackfillSpan;
}

/** A span that could not be read. */
export interface FailedWork extends Work {
  readonly error: string;
  readonly cause: string;
}

/**
 * Spans of one item. With all the tries that the state machine grants to each, and an outcome of 2,000 characters for each, an item's
 * execution stays below 25,000 events and its result below 256 KB, which are Step Functions' limits.
 */
export const SPANS_PER_ITEM = 40;
/** An inline map has no more iterations at the same time. */
const INLINE_CONCURRENCY = 40;

/**
 * Makes one item of every credential, so that each is read with at its own pace and no further item reads with it at the same time.
 * What is more than an item takes is for a later round. Items of different streams take turns, so that those of a slow one do not
 * all come first.
 */
export function packItems(work: readonly Work[]): { readonly items: readonly BackfillItem[]; readonly later: Work[] } {
  const later: Work[] = [];
  const items = [...groupBy(work, ({ credential }) => credential)].map(([credential, own]): BackfillItem => {
    later.push(...own.slice(SPANS_PER_ITEM));
    const groups = groupBy(own.slice(0, SPANS_PER_ITEM), ({ span }) => `${span.stream} ${span.tenant}`);
    return { credential, groups: [...groups.values()].map(groupOf) };
  });
  const byStream = groupBy(items, ({ groups }) => groups[0]?.spans[0]?.stream ?? '');
  return { items: takingTurns([...byStream.values()]), later };
}

function groupOf(work: readonly Work[]): BackfillGroup {
  const concurrency = Math.min(INLINE_CONCURRENCY, ...work.map((one) => one.concurrency));
  return { concurrency, spans: work.map(({ span }) => span) };
}

function takingTurns<T>(rows: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: longest }, (_, turn) => rows.flatMap((row) => row.slice(turn, turn + 1))).flat();
}

/** Groups in the order in which their keys come first. */
export function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group) group.push(value);
    else groups.set(keyOf(value), [value]);
  }
  return groups;
}
