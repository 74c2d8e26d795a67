import type { Bookmark, PageRequest } from '../../engine/source.ts';
import type { Timestamp } from './timestamp.ts';

/** A field that Salesloft filters and sorts by. */
export type Field = 'updated_at' | 'created_at';

/** What stays the same during one walk. */
export interface KeysetWalk {
  readonly stream: string;
  /**
   * The fields that order the walk. The first is the one that the span is about; rows that share an instant of it are
   * walked by the next; rows that share the last one's too are walked by page number.
   */
  readonly fields: readonly Field[];
  readonly perPage: number;
  /** End of the span, epoch microseconds. */
  readonly to: number;
}

/** The span of a field, `[from, to)`, within which rows may be stored that are printed alike. */
export interface Tie {
  readonly from: Timestamp;
  readonly to: Timestamp;
}

/** Ids of rows that were handed over, each with the version it had. */
export type Versions = ReadonlyMap<string, string>;

/** A page by key: the first rows of `fields[ties.length]` from `bound` on. */
export interface KeyStep {
  readonly by: 'key';
  readonly walk: KeysetWalk;
  /** The ties that the step lies within, in the order of `walk.fields`. */
  readonly ties: readonly Tie[];
  /** Undefined for the first rows of a tie. */
  readonly bound: Timestamp | undefined;
  /** Rows from the bound on that an earlier page handed over. */
  readonly seen: Versions;
  /** 1, unless the page before promised more and gave no bound to go on from. */
  readonly page: number;
  /** True where the page before brought nothing new. */
  readonly barren: boolean;
  /** True where it had no rows at all. */
  readonly behindNothing: boolean;
  /** How often page 1 was asked for again, to see that nothing came while the pages behind it were tried. */
  readonly round: number;
}

/** A page by number, of rows that share an instant of every field. */
export interface NumberStep {
  readonly by: 'number';
  readonly walk: KeysetWalk;
  readonly ties: readonly Tie[];
  readonly page: number;
  /** True where the page before was empty. */
  readonly barren: boolean;
  /** Counted from 1. */
  readonly pass: number;
  /** What the pages of this pass held so far. */
  readonly found: Found | undefined;
  /** What the whole pass before held. */
  readonly before: Versions;
  /** The vendor's count of the tie's rows in its last response. */
  readonly count: number | undefined;
  /** What the pages held since the count last changed, of whatever pass. */
  readonly sinceCount: Found | undefined;
}

/** The rows of one page, and the pages before it: a list that grows without being copied. */
export interface Found {
  readonly versions: Versions;
  readonly earlier: Found | undefined;
}

/** One request of a walk; it travels in the request's memory until the response is there. */
export type Step = KeyStep | NumberStep;

const nothingSeen: Versions = new Map();

/** The first rows from `bound` on, within the ties. */
export function keyStep(
  walk: KeysetWalk,
  ties: readonly Tie[],
  bound: Timestamp | undefined,
  seen = nothingSeen,
): KeyStep {
  return { by: 'key', walk, ties, bound, seen, page: 1, barren: false, behindNothing: false, round: 0 };
}

/** Into a span that more rows share than a page holds: by the next field where there is one, else by number. `seen` are rows of it. */
export function stepInto(step: KeyStep, tie: Tie, seen: Versions): Step {
  const from = step.bound && step.bound.micros > tie.from.micros ? step.bound : tie.from;
  const ties = [...step.ties, { from, to: tie.to }];
  if (ties.length < step.walk.fields.length) return keyStep(step.walk, ties, undefined, seen);
  const nothing = { found: undefined, before: nothingSeen, count: undefined, sinceCount: undefined };
  return { by: 'number', walk: step.walk, ties, page: 1, barren: false, pass: 1, ...nothing };
}

/** The next page by number, behind one from which no bound leads on. */
export function nextNumber<S extends Step>(step: S, barren: boolean): S {
  return { ...step, page: step.page + 1, barren };
}

/** Page 1 once more, behind which nothing was found. */
export function askAgain(step: KeyStep): KeyStep {
  return { ...step, page: 1, barren: false, behindNothing: false, round: step.round + 1 };
}

/** On behind the innermost tie, which has been read to its end; undefined where the walk itself has. */
export function stepOut({ walk, ties }: Step): KeyStep | undefined {
  const innermost = ties.at(-1);
  return innermost && keyStep(walk, ties.slice(0, -1), innermost.to);
}

/** The field that the step's response is sorted by. */
export function sortField({ walk, ties }: Step): Field {
  const field = walk.fields[Math.min(ties.length, walk.fields.length - 1)];
  if (field === undefined) throw new Error('a walk needs a field to be ordered by');
  return field;
}

/** The step as a request. Every page but a tie's is page 1: a walk by page number loses rows when others move meanwhile. */
export function requestOf(step: Step): PageRequest {
  const query: Record<string, string> = {
    sort_by: sortField(step),
    sort_direction: 'asc',
    per_page: String(step.walk.perPage),
    page: String(step.page),
  };
  for (const [index, tie] of step.ties.entries()) {
    query[`${step.walk.fields[index]}[gte]`] = tie.from.text;
    query[`${step.walk.fields[index]}[lt]`] = tie.to.text;
  }
  if (step.by === 'key' && step.bound) query[`${sortField(step)}[gte]`] = step.bound.text;
  if (step.by === 'number' || step.page > 1) query['include_paging_counts'] = 'true';
  // A second pass or round asks the same pages on purpose, and a tie begins with rows that the page before it showed.
  const pass = [
    ...step.ties.map(({ from }) => from.text),
    step.by === 'number' ? `pass ${step.pass}` : `round ${step.round}`,
  ].join();
  return { query, state: `${pass} ${JSON.stringify(query)}`, pass, carriesCursor: false, memory: step };
}

/** The step that a request of ours carries. */
export function stepOf({ memory }: PageRequest): Step {
  if (typeof memory === 'object' && memory !== null && 'by' in memory && 'walk' in memory) return memory as Step;
  throw new Error('this request was not made by the Salesloft dialect');
}

/** How far the walk has got once everything before the step is read. */
export function bookmarkOf(step: Step): Bookmark {
  const [outer, inner] = step.ties;
  const bound = step.by === 'key' ? step.bound : undefined;
  const at = outer?.from ?? bound;
  if (!at) throw new Error('a step outside a tie has a bound');
  if (!outer) return { at: at.text };
  const until = outer.to.text;
  // Inside a tie from its first row on: rows without a `created_at` come first, which no bound finds.
  const createdFrom = inner?.from ?? bound;
  return { at: at.text, tied: createdFrom ? { createdFrom: createdFrom.text, until } : { until } };
}
