import type { LogicalClock } from '../../partition/logical-clock.ts';
import type { Bookmark } from '../../source.ts';

/** A page of a walk by version that was taken and is not known to be committed. */
interface TakenPage {
  /** The tick of its request. */
  readonly readAt: number;
  /** Where the walk can be resumed to have it read again; undefined for the beginning of the walk. */
  readonly before: Bookmark | undefined;
}

/**
 * How far a walk by version has got. What is undecided about a row belongs to the page that returned it: the walk goes on from that
 * page's own bookmark, and what came before it is kept. So a row that changed without a new version costs its page once more, and not
 * the progress of a whole run.
 */
export class WalkPages {
  /** How far everything is committed and decided. */
  committed: Bookmark | undefined;
  readonly #begin: Bookmark | undefined;
  /** How far everything has been read. */
  #read: Bookmark | undefined;
  #pages: TakenPage[] = [];
  /** How often the walk went back to each bookmark. */
  readonly #returns = new Map<string, number>();

  constructor(begin: Bookmark | undefined) {
    this.#begin = begin;
    this.#read = begin;
    this.committed = begin;
  }

  /** Where a walk begins now. */
  get next(): Bookmark | undefined {
    return this.#read;
  }

  /** True once the walk went back to a page. */
  get wentBack(): boolean {
    return this.#returns.size > 0;
  }

  /** Notes a page that was taken, up to which everything has been read. */
  take(readAt: number, bookmark: Bookmark): void {
    this.#pages.push({ readAt, before: this.#read });
    this.#read = bookmark;
  }

  /** True while a row of what was read, and is not committed, is undecided. */
  isUndecided(clock: LogicalClock): boolean {
    return this.#firstUndecided(clock) >= 0;
  }

  /** True once something that was read in this run need not be read again. */
  hasGained(clock: LogicalClock): boolean {
    const first = this.#firstUndecided(clock);
    return this.committed !== this.#begin || (first < 0 ? this.#read !== this.#begin : first > 0);
  }

  /** Notes that all rows that were taken are committed: what lies before the first undecided page is done. */
  keep(clock: LogicalClock): void {
    const first = this.#firstUndecided(clock);
    this.committed = first < 0 ? this.#read : this.#pages[first]?.before;
    const rest = first < 0 ? [] : this.#pages.slice(first);
    clock.forget(this.#pages.slice(0, this.#pages.length - rest.length).map(({ readAt }) => readAt));
    this.#pages = rest;
  }

  /** Goes back to the first undecided page, if there is one; the number of times that it has been gone back to. */
  goBack(clock: LogicalClock): number {
    const first = this.#firstUndecided(clock);
    const undone = first < 0 ? [] : this.#pages.splice(first);
    clock.forget(undone.map(({ readAt }) => readAt));
    if (undone[0]) this.#read = undone[0].before;
    const place = JSON.stringify(this.#read ?? null);
    const times = (this.#returns.get(place) ?? 0) + 1;
    this.#returns.set(place, times);
    return times;
  }

  #firstUndecided(clock: LogicalClock): number {
    return clock.allDecided ? -1 : this.#pages.findIndex(({ readAt }) => clock.isUndecided(readAt));
  }
}
