import type { Span } from '../source.ts';

/** Counts what happens in a run, so that "before" and "after" need no real clock. */
export class LogicalClock {
  #now = 0;
  readonly #walks: (Walk | undefined)[] = [];

  /** The tick of something that happens now; later than every tick before. */
  tick(): number {
    return ++this.#now;
  }

  /** The tick of a request, which also tells its walk from then on. */
  request(walk: Walk): number {
    const tick = this.tick();
    this.#walks[tick] = walk;
    return tick;
  }

  /** The walk whose request had that tick. */
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
