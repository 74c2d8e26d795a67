import { createWaitingLine } from './waiting-line.ts';

/** At most so many things at once. */
export interface Semaphore {
  /** Resolves to the function that releases what was acquired, to be called once; rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<() => void>;
}

/** One that may be acquired `count` times, in the order of asking. */
export function createSemaphore(count: number): Semaphore {
  const line = createWaitingLine();
  let free = count;
  const release = () => {
    if (!line.callNext()) free += 1;
  };
  return {
    async acquire(signal) {
      signal.throwIfAborted();
      if (free > 0) free -= 1;
      else await line.join(signal);
      return release;
    },
  };
}
