/** Counts what happens in a run, so that "before" and "after" need no real clock. */
export class LogicalClock {
  #now = 0;
  /** The walk of each request of which something may still be found out. */
  readonly #walks = new Map<number, Walk>();
  readonly #undecided = new Set<number>();

  /** The tick of something that happens now; later than every tick before. */
  tick(): number {
    return ++this.#now;
  }

  /** Begins a walk. */
  beginWalk(): Walk {
    return { began: this.tick(), undecided: false, requests: [] };
  }

  /** The tick of a request, by which its walk is known until it is forgotten. */
  request(walk: Walk): number {
    const tick = this.tick();
    this.#walks.set(tick, walk);
    walk.requests.push(tick);
    return tick;
  }

  /** Notes that a row which the request with that tick returned could be told neither newer nor older than what is in the lake. */
  markUndecided(tick: number): void {
    const walk = this.#walks.get(tick);
    if (!walk) return;
    walk.undecided = true;
    this.#undecided.add(tick);
  }

  /** True when no request that is known has an undecided row. */
  get allDecided(): boolean {
    return this.#undecided.size === 0;
  }

  /** True when the request returned an undecided row. */
  isUndecided(tick: number): boolean {
    return this.#undecided.has(tick);
  }

  /** Forgets requests whose rows are committed, or were read again. */
  forget(ticks: Iterable<number>): void {
    for (const tick of ticks) {
      this.#walks.delete(tick);
      this.#undecided.delete(tick);
    }
  }
}

/** One reading of a window, from its first request to its end. */
export interface Walk {
  /** The tick at which it began; every request of it is later. */
  readonly began: number;
  /** True once a row of it could be told neither newer nor older than what is in the lake: the window must be read again. */
  undecided: boolean;
  /** The ticks of its requests. */
  readonly requests: number[];
}
