import type { PageRequest } from '../../engine/source.ts';
import { nothingSeen, type RowStates, type Seen } from './seen.ts';
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

/** A page by key: the first rows of `fields[ties.length]` from `bound` on. */
export interface KeyStep {
  readonly by: 'key';
  readonly walk: KeysetWalk;
  /** The ties that the step lies within, in the order of `walk.fields`. */
  readonly ties: readonly Tie[];
  /** Undefined for the first rows of a tie. */
  readonly bound: Timestamp | undefined;
  /** Rows from the bound on that an earlier page handed over. */
  readonly seen: RowStates;
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
  /** Counted from 1 in every run. */
  readonly pass: number;
  /** What the pages of this pass held so far. */
  readonly found: Seen;
  /** What the whole pass before held; undefined in the first one over a tie. */
  readonly before: Seen | undefined;
  /** The vendor's count of the tie's rows in its last response. */
  readonly count: number | undefined;
  /** What the pages held since the count last changed, of whatever pass. */
  readonly sinceCount: Seen;
}

/** Where the passes over a tie stand. */
export type Pass = Pick<NumberStep, 'page' | 'barren' | 'found' | 'before' | 'count' | 'sinceCount'>;

/** One request of a walk; it travels in the request's memory until the response is there. */
export type Step = KeyStep | NumberStep;

const noRows: RowStates = new Map();
const firstPass: Pass = {
  page: 1,
  barren: false,
  found: nothingSeen,
  before: undefined,
  count: undefined,
  sinceCount: nothingSeen,
};

/** The first rows from `bound` on, within the ties. */
export function keyStep(walk: KeysetWalk, ties: readonly Tie[], bound: Timestamp | undefined, seen = noRows): KeyStep {
  return { by: 'key', walk, ties, bound, seen, page: 1, barren: false, behindNothing: false, round: 0 };
}

/** Into a span that more rows share than a page holds: by the next field where there is one, else by number. `seen` are rows of it. */
export function stepInto(step: KeyStep, tie: Tie, seen: RowStates): Step {
  const from = step.bound && step.bound.micros > tie.from.micros ? step.bound : tie.from;
  const ties = [...step.ties, { from, to: tie.to }];
  if (ties.length < step.walk.fields.length) return keyStep(step.walk, ties, undefined, seen);
  return numberStep(step.walk, ties);
}

/** A page of rows that share an instant of every field: the first of all passes, or the one at which a pass stands. */
export function numberStep(walk: KeysetWalk, ties: readonly Tie[], pass: Pass = firstPass): NumberStep {
  return { by: 'number', walk, ties, pass: 1, ...pass };
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
