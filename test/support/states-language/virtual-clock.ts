/** A clock on which waiting takes no time: it goes on when all that run wait for it. */
export interface VirtualClock {
  /** Milliseconds since the clock was made. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Whoever does something else than wait for the clock must do it in promises alone, or in turns of the event loop that follow each other. */
export function virtualClock(): VirtualClock {
  let nowMs = 0;
  let isDriven = false;
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const drive = async () => {
    isDriven = true;
    while (sleepers.length > 0) {
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
      nowMs = Math.min(...sleepers.map(({ at }) => at));
      const due = sleepers.filter(({ at }) => at <= nowMs);
      sleepers.splice(0, sleepers.length, ...sleepers.filter(({ at }) => at > nowMs));
      for (const { wake } of due) wake();
    }
    isDriven = false;
  };
  return {
    now: () => nowMs,
    sleep(ms) {
      const { promise, resolve } = Promise.withResolvers<void>();
      sleepers.push({ at: nowMs + ms, wake: resolve });
      if (!isDriven) void drive();
      return promise;
    },
  };
}
