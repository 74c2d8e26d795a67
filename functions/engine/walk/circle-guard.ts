import { ConvlakeError } from '../errors.ts';
import type { Digest } from '../rows/identify.ts';

/** How often a page must come again before a list goes round: rows that come while an offset walk reads may show a short page twice. */
const SAME_PAGES = 3;
/** A wrapper may narrow its upstream's pages to nothing, but not so many in a row. */
const MOST_EMPTY_PAGES = 1000;

/**
 * Compares values of a sequence with one remembered value, at doubling distances: however long a circle is, it is found within a few
 * rounds, and nothing grows with the length of the sequence (Brent, "An improved Monte Carlo factorization algorithm", 1980).
 */
class Remembered<T> {
  #value: T | undefined;
  #steps = 0;
  #reach = 1;
  #times = 0;

  /** Takes the next value; how often the remembered one has come again by now. */
  take(value: T): number {
    this.#steps++;
    if (value === this.#value) this.#times++;
    const times = this.#times;
    if (this.#value === undefined || this.#steps === this.#reach) {
      this.#value = value;
      this.#reach *= 2;
      this.#steps = 0;
      this.#times = 0;
    }
    return times;
  }
}

/** Stops a walk that comes back to a request of its own. */
export class RequestGuard {
  readonly #stream: string;
  readonly #states = new Remembered<string>();
  #last: string | undefined;
  #requests = 0;

  constructor(stream: string) {
    this.#stream = stream;
  }

  /** @throws ConvlakeError `paging-stuck` */
  take(state: string): void {
    if (this.#states.take(state) > 0 || state === this.#last) {
      const what = `paging came back to an earlier request after ${this.#requests} pages: the vendor's cursor does not advance`;
      throw stuck(this.#stream, what);
    }
    this.#last = state;
    this.#requests++;
  }
}

/** What tells pages apart beside their keys: the pass they belong to, and how many rows came. */
export interface PageFacts {
  readonly pass: string | undefined;
  readonly received: number;
}

/**
 * Stops a walk whose pages come again under ever new cursors (CircleCI-Env-Inspector pull 44), or bring nothing without end. Pages
 * are told by the keys of their rows, in order: a call that is still going on looks different each time.
 */
export class PageGuard {
  readonly #stream: string;
  #marks = new Remembered<number>();
  #pass: string | undefined;
  #pages = 0;
  #empty = 0;

  constructor(stream: string) {
    this.#stream = stream;
  }

  /** @throws ConvlakeError `paging-stuck` */
  take({ pass, received }: PageFacts, keys: readonly Digest[]): void {
    this.#pages++;
    if (pass !== this.#pass) this.#marks = new Remembered();
    this.#pass = pass;
    this.#empty = received === 0 ? this.#empty + 1 : 0;
    if (this.#empty > MOST_EMPTY_PAGES) {
      throw stuck(this.#stream, `${this.#empty} pages in a row were empty and promised more`);
    }
    if (keys.length > 0 && this.#marks.take(markOf(keys)) >= SAME_PAGES) {
      const what = `the list goes round: page ${this.#pages} of a walk has the rows of an earlier one for the third time, under a new cursor`;
      throw stuck(this.#stream, what);
    }
  }
}

/** 53 bits of the keys in their order. */
function markOf(keys: readonly Digest[]): number {
  let high = keys.length;
  let low = 0x811c9dc5;
  for (const { a, b, c } of keys) {
    high = (Math.imul(high ^ a, 0x01000193) + b) | 0;
    low = (Math.imul(low ^ c, 0x01000193) + (high >>> 7)) | 0;
  }
  return (high >>> 0) * 2 ** 21 + ((low >>> 0) & 0x1fffff);
}

function stuck(stream: string, what: string): ConvlakeError {
  const message = `${stream}: ${what}; report it to the vendor, the window stays unread`;
  return new ConvlakeError('paging-stuck', 'stop-stream', message);
}
