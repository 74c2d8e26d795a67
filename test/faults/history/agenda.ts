import { setImmediate } from 'node:timers/promises';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

/**
 * No history has more than this: nothing happens any more then, so that one which goes round in a circle ends all the same, as broken.
 * Every call is two of them: a history has 900 calls on average, and 35,000 were the most seen of one that ended.
 */
const MOST_HAPPENINGS = 500_000;

/** What is to happen, and the clock, which moves only with what happens. Instants are epoch ms. */
export class Agenda {
  #now: number;
  #order = 0;
  /** The next one last, so that taking it moves nothing. */
  readonly #entries: Entry[] = [];
  /** How much has happened. */
  happened = 0;

  readonly #most: number;

  constructor(now: number, most = MOST_HAPPENINGS) {
    this.#now = now;
    this.#most = most;
  }

  get now(): number {
    return this.#now;
  }

  /** Puts something down for an instant; what is put down for the past happens now. Of equal instants the first put down is first. */
  at(at: number, act: () => void): void {
    const entry = { at: Math.max(Math.round(at), this.#now), order: this.#order++, act };
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#entries[middle];
      if (other && (other.at > entry.at || (other.at === entry.at && other.order > entry.order))) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, entry);
  }

  after(ms: number, act: () => void): void {
    this.at(this.#now + ms, act);
  }

  /** True once nothing happens any more, whatever is put down. */
  get exhausted(): boolean {
    return this.happened >= this.#most;
  }

  /** Lets the next thing happen, and all code that waited for it go on until it waits again. False when there is none. */
  async next(): Promise<boolean> {
    const entry = this.#entries.pop();
    if (!entry) return false;
    this.#now = entry.at;
    this.happened++;
    entry.act();
    // Nothing here waits for anything but promises and next ticks: by then all has gone as far as it can.
    await setImmediate();
    return true;
  }

  /** Lets everything happen that is due by the instant, or until `until` says so; the clock stands there then. */
  async run(by: number, until: () => boolean = () => false): Promise<void> {
    while (!until() && !this.exhausted) {
      const entry = this.#entries.at(-1);
      if (!entry || entry.at > by) break;
      await this.next();
    }
    if (!until()) this.#now = Math.max(this.#now, by);
  }
}
