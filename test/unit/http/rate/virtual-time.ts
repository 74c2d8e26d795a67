/** Time that passes only when somebody sleeps, in the order of the instants slept until. */
export function virtualTime() {
  let now = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: (ms: number) =>
      new Promise<void>((wake) => {
        sleepers.push({ at: now + ms, wake });
      }),
    /** Lets time pass until it is done. */
    async run(done: Promise<unknown>) {
      let over = false;
      const finished = done.finally(() => {
        over = true;
      });
      while (!over) {
        for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
        sleepers.sort((a, b) => a.at - b.at);
        const next = sleepers.shift();
        if (next) now = Math.max(now, next.at);
        next?.wake();
      }
      await finished;
    },
  };
}
