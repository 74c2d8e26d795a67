import { createWaitingLine } from '../rate/waiting-line.ts';

/** Memory that bodies share while they are being read. */
export interface ByteBudget {
  /** That of one body, which holds nothing yet. */
  open(): BodyMemory;
}

/** What one body holds of a budget. */
export interface BodyMemory {
  /**
   * Resolves when so many bytes more may be held; rejects with the signal's reason. Of the bodies that hold something the eldest never
   * waits, so that some body always ends: one that is larger than the whole budget is read while the others stand still.
   */
  take(bytes: number, signal: AbortSignal): Promise<void>;
  /** Takes note that it holds exactly so many bytes, since they are there already. */
  settle(bytes: number): void;
  /** It holds nothing any more. */
  release(): void;
}

/** A budget of so many bytes. */
export function createByteBudget(bytes: number): ByteBudget {
  const line = createWaitingLine();
  const holders = new Set<symbol>(); // in the order in which they began
  let used = 0;

  const openOne = (): BodyMemory => {
    const id = Symbol('body');
    let held = 0;
    const isEldest = () => holders.values().next().value === id;
    const hold = (next: number) => {
      const isLess = next < held;
      used += next - held;
      held = next;
      if (isLess) line.callAll();
    };
    return {
      async take(more, signal) {
        holders.add(id);
        while (used + more > bytes && !isEldest()) await line.join(signal);
        hold(held + more);
      },
      settle: hold,
      release() {
        holders.delete(id);
        hold(0);
        line.callAll();
      },
    };
  };

  return { open: openOne };
}
