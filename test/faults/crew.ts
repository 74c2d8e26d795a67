import { Worker } from 'node:worker_threads';
import { failedSimulation, type Testimony } from './judge/testimony.ts';

/** Threads that live histories side by side. */
export interface Crew {
  /** Resolves when the last history is over. */
  readonly done: Promise<void>;
  /** The seeds that are being lived, each with the instant it was begun, epoch ms. */
  readonly underWay: ReadonlyMap<number, number>;
  /** Hands out no more seeds. */
  stop(): void;
}

/** Hands the seeds out one by one, so that a slow history keeps only one thread, and tells of every history in the order of their ends. */
export function openCrew(seeds: Iterator<number>, jobs: number, onTestimony: (told: Testimony) => void): Crew {
  const underWay = new Map<number, number>();
  let stopped = false;
  const next = () => (stopped ? undefined : seeds.next().value);
  const done = Promise.all(Array.from({ length: jobs }, () => work(next, underWay, onTestimony)));
  return {
    done: done.then(() => undefined),
    underWay,
    stop: () => {
      stopped = true;
    },
  };
}

/** One place in the crew: a thread that dies is told of as its history's failure, and replaced. */
async function work(
  next: () => number | undefined,
  underWay: Map<number, number>,
  onTestimony: (told: Testimony) => void,
): Promise<void> {
  let thread: Worker | undefined;
  for (let seed = next(); seed !== undefined; seed = next()) {
    thread ??= new Worker(new URL('./worker.ts', import.meta.url));
    underWay.set(seed, Date.now());
    try {
      onTestimony(await ask(thread, seed));
    } catch (error) {
      thread = undefined;
      onTestimony(failedSimulation(seed, error));
    }
    underWay.delete(seed);
  }
  await thread?.terminate();
}

function ask(thread: Worker, seed: number): Promise<Testimony> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown) => settle(() => reject(error));
    const ended = (status: number) => failed(new Error(`its thread ended with status ${status}`));
    const settle = (act: () => void) => {
      thread.off('error', failed).off('exit', ended);
      act();
    };
    thread.once('error', failed).once('exit', ended);
    thread.once('message', (told: Testimony) => settle(() => resolve(told)));
    thread.postMessage(seed);
  });
}
