import { createWaitingLine } from './waiting-line.ts';

/** At most so many things at once. */
export interface Slots {
  /** Resolves to the function that gives the slot back, to be called once; rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<() => void>;
}

/** `count` free slots, given out in the order in which they are asked for. */
export function createSlots(count: number): Slots {
  const line = createWaitingLine();
  let free = count;
  const giveBack = () => {
    if (!line.callNext()) free += 1;
  };
  return {
    async take(signal) {
      signal.throwIfAborted();
      if (free > 0) free -= 1;
      else await line.join(signal);
      return giveBack;
    },
  };
}
