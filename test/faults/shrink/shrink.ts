import type { HistoryPlan } from '../history/plan.ts';
import type { HistoryResult, Replay } from '../history/replay.ts';
import { type Excerpt, type FullExcerpt, type Plain, plains, planOf, replayOf } from '../judge/excerpt.ts';
import type { CallFault } from '../world/wire.ts';

/** Lets a plan happen. */
export type Live = (plan: HistoryPlan, replay: Replay) => Promise<HistoryResult>;

/** How much a search may cost. */
export interface Effort {
  readonly replays: number;
  readonly ms: number;
  readonly now: () => number;
}

/** The shortest history that was found to break the promise in the same way. */
export interface Shrunk {
  readonly excerpt: FullExcerpt;
  readonly broken: string;
  /** The faults left, by name. */
  readonly faults: ReadonlyMap<string, CallFault>;
  /** How many steps and faults there were at first. */
  readonly before: { readonly steps: number; readonly faults: number };
  readonly replays: number;
}

/**
 * Takes steps, faults and all else away from the history of a seed for as long as it breaks the promise in the same way;
 * undefined when it does not break it at all.
 */
export async function shrink(seed: number, live: Live, effort: Effort): Promise<Shrunk | undefined> {
  const whole = planOf({ seed });
  const result = await live(whole, {});
  if (result.broken === undefined) return undefined;
  const search = new Search(
    live,
    effort,
    { ...result, broken: result.broken },
    {
      seed,
      steps: new Map(whole.steps.map((step) => [step.name, rowsOf(step)])),
      faults: new Set(result.faults.keys()),
      oldRows: whole.oldRows,
      plain: new Set(),
    },
  );
  await search.go();
  const { excerpt, broken, faults, replays } = search;
  return { excerpt, broken, faults, replays, before: { steps: whole.steps.length, faults: result.faults.size } };
}

/** What was broken, without the names, instants and numbers that differ from history to history. */
export function wayOf(broken: string): string {
  const [first = '', second = ''] = broken.split('\n');
  return `${first}\n${/^\s+at /.test(second) ? second : ''}`
    .replaceAll(/\{.*?\}/g, 'row')
    .replaceAll(/\b\d{4}-\d\d-\d\d(T[\d:.]+Z)?/g, 'instant')
    .replaceAll(/\b(old|s\d+|drain\d+)[-\w~+.]*/g, 'name')
    .replaceAll(/\d+/g, 'n');
}

class Search {
  excerpt: FullExcerpt;
  broken: string;
  faults: ReadonlyMap<string, CallFault>;
  replays = 0;
  readonly #live: Live;
  readonly #effort: Effort;
  readonly #way: string;
  readonly #endsAt: number;

  constructor(live: Live, effort: Effort, result: HistoryResult & { broken: string }, excerpt: FullExcerpt) {
    this.#live = live;
    this.#effort = effort;
    this.#way = wayOf(result.broken);
    this.#endsAt = effort.now() + effort.ms;
    this.excerpt = excerpt;
    this.broken = result.broken;
    this.faults = result.faults;
  }

  /** Until nothing can be taken away any more: what goes makes room for more to go. */
  async go(): Promise<void> {
    for (let before = ''; before !== this.#measure(); ) {
      before = this.#measure();
      await this.#reduce([...this.excerpt.faults], (faults) => ({ faults: new Set(faults) }));
      await this.#reduce([...this.excerpt.steps], (steps) => ({ steps: new Map(steps) }));
      await this.#lower(this.excerpt.oldRows, 0, (oldRows) => ({ oldRows }));
      for (const [name, rows] of this.excerpt.steps) {
        await this.#lower(rows, 1, (fewer) => ({ steps: new Map([...this.excerpt.steps, [name, fewer]]) }));
      }
      for (const what of plains) await this.#make(what);
      // What does not come up in what is left need not be named.
      this.excerpt = { ...this.excerpt, faults: new Set(this.faults.keys()) };
    }
  }

  /** Delta debugging: takes away large parts first, then ever smaller ones, down to each alone. */
  async #reduce<T>(all: readonly T[], change: (left: readonly T[]) => Partial<Excerpt>): Promise<void> {
    let left = all;
    for (let size = left.length; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < left.length; ) {
        const fewer = left.toSpliced(at, size);
        if (await this.#stillBreaks(change(fewer))) left = fewer;
        else at += size;
      }
    }
  }

  /** Makes a number as small as it can be: the least at once, else by halves. */
  async #lower(from: number, least: number, change: (to: number) => Partial<Excerpt>): Promise<void> {
    if (!Number.isFinite(from) || from <= least || (await this.#stillBreaks(change(least)))) return;
    for (let [fails, holds] = [least, from]; holds - fails > 1; ) {
      const middle = Math.floor((fails + holds) / 2);
      if (await this.#stillBreaks(change(middle))) holds = middle;
      else fails = middle;
    }
  }

  async #make(what: Plain): Promise<void> {
    if (!this.excerpt.plain.has(what)) await this.#stillBreaks({ plain: new Set([...this.excerpt.plain, what]) });
  }

  /** Tries a change, and keeps it where the promise breaks in the same way. */
  async #stillBreaks(change: Partial<Excerpt>): Promise<boolean> {
    if (this.replays >= this.#effort.replays || this.#effort.now() >= this.#endsAt) return false;
    const excerpt = { ...this.excerpt, ...change };
    this.replays++;
    const { broken, faults } = await this.#live(planOf(excerpt), replayOf(excerpt));
    if (broken === undefined || wayOf(broken) !== this.#way) return false;
    this.excerpt = excerpt;
    this.broken = broken;
    this.faults = faults;
    return true;
  }

  #measure(): string {
    const { steps, faults, oldRows, plain } = this.excerpt;
    return JSON.stringify([...steps, ...faults, oldRows, ...plain]);
  }
}

function rowsOf(step: HistoryPlan['steps'][number]): number {
  return step.deed === 'change' ? step.rows : Number.POSITIVE_INFINITY;
}
