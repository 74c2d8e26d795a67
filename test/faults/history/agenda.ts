import { setImmediate } from 'node:timers/promises';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

/** What is to happen, and the clock, which moves only with what happens. Instants are epoch ms. */
export class Agenda {
  #now: number;
  #order = 0;
  /** The next one last, so that taking it moves nothing. */
  readonly #entries: Entry[] = [];
  /** How much has happened. */
  happened = 0;

  constructor(now: number) {
    this.#now = now;
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
    while (!until()) {
      const entry = this.#entries.at(-1);
      if (!entry || entry.at > by) break;
      await this.next();
    }
    if (!until()) this.#now = Math.max(this.#now, by);
  }
}
