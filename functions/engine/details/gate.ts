/** Lets at most so many through at once, in the order in which they came. */
export class Gate {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(most: number) {
    this.#free = most;
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}

/** Lets what is about the same thing through one after the other. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  async take(name: string, work: () => Promise<void>): Promise<void> {
    const before = this.#last.get(name);
    const mine = before ? before.then(work) : work();
    const over = mine.catch(() => undefined);
    this.#last.set(name, over);
    try {
      await mine;
    } finally {
      if (this.#last.get(name) === over) this.#last.delete(name);
    }
  }
}
