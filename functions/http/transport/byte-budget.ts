import { createWaitingLine } from '../rate/waiting-line.ts';

/** Memory that bodies share while they are being read. */
export interface ByteBudget {
  /** That of one body, which holds nothing yet. */
  open(): BodyMemory;
}

/** What one body holds of a budget. */
export interface BodyMemory {
  /**
   * Resolves when so many bytes more may be held; rejects with the signal's reason. The eldest body is next whatever it needs, and one that
   * is larger than the whole budget is read while the others stand still: it waits for none but those that hold something and go on.
   */
  take(bytes: number, signal: AbortSignal): Promise<void>;
  /** Takes note that it holds exactly so many bytes, since they are there already. */
  settle(bytes: number): void;
  /** It holds nothing any more. */
  release(): void;
}

interface Holder {
  held: number;
  waits: boolean;
}

/** A budget of so many bytes. */
export function createByteBudget(bytes: number): ByteBudget {
  const line = createWaitingLine();
  const holders = new Set<Holder>(); // in the order in which they began
  let used = 0;

  const mayTake = (own: Holder, more: number) => {
    const [eldest] = holders;
    if (used + more <= bytes) return own === eldest || !eldest?.waits;
    // Those that hold a whole body end by themselves; where all the others wait, some body has to go on.
    return own === eldest && ![...holders].some((other) => other !== own && other.held > 0 && !other.waits);
  };

  const openOne = (): BodyMemory => {
    const own: Holder = { held: 0, waits: false };
    const hold = (next: number) => {
      const isLess = next < own.held;
      used += next - own.held;
      own.held = next;
      if (isLess) line.callAll();
    };
    return {
      async take(more, signal) {
        holders.add(own);
        while (!mayTake(own, more)) {
          const begins = !own.waits;
          own.waits = true;
          const called = line.join(signal);
          if (begins) line.callAll(); // the eldest may be waiting for this one alone
          await called;
        }
        own.waits = false;
        hold(own.held + more);
      },
      settle: hold,
      release() {
        holders.delete(own);
        own.waits = false;
        hold(0);
        line.callAll();
      },
    };
  };

  return { open: openOne };
}
