import type { Span } from '../source.ts';

/** Counts what happens in a run, so that "before" and "after" need no clock. */
export class Ticks {
  #now = 0;
  readonly #walks: (Walk | undefined)[] = [];

  next(): number {
    return ++this.#now;
  }

  /** The tick of a request, which also tells its walk from then on. */
  request(walk: Walk): number {
    const tick = this.next();
    this.#walks[tick] = walk;
    return tick;
  }

  walkOf(tick: number): Walk | undefined {
    return this.#walks[tick];
  }
}

/** One reading of a window, from its first request to its end. */
export interface Walk {
  /** The tick at which it began; every request of it is later. */
  readonly began: number;
  readonly span: Span;
  /** True once a row of it could be told neither newer nor older than what is in the lake: the window must be read again. */
  undecided: boolean;
}
