/** Calls that wait for their turn, first come first served. One whose signal is aborted leaves the line. */
export interface WaitingLine {
  /** Resolves when called; rejects with the signal's reason when that comes first. */
  join(signal: AbortSignal): Promise<void>;
  /** Calls the first; false when nobody waits. */
  callNext(): boolean;
  callAll(): void;
}

/** An empty line. */
export function createWaitingLine(): WaitingLine {
  const waiting = new Set<() => void>();
  const callNext = () => {
    for (const call of waiting) {
      call();
      return true;
    }
    return false;
  };
  return {
    join: (signal) =>
      new Promise((resolve, reject) => {
        const leave = () => {
          waiting.delete(call);
          signal.removeEventListener('abort', abandon);
        };
        const call = () => {
          leave();
          resolve();
        };
        const abandon = () => {
          leave();
          reject(signal.reason);
        };
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        waiting.add(call);
        signal.addEventListener('abort', abandon);
      }),
    callNext,
    callAll: () => {
      for (const call of [...waiting]) call();
    },
  };
}
