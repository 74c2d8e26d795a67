import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { HistoryReply, HistoryRequest } from './history-child.ts';
import { MUTANT } from './mutants.ts';

/** A mutant may go round in a circle. No history of the code as it is comes near to this. */
const LONGEST_MS = 90_000;
/** What is said of a history that did not end. */
export const ENDLESS = `it does not end within ${LONGEST_MS / 1000} s`;

/** A process that lives histories, with a mutant in it or with none. */
export class Histories {
  readonly #child: ChildProcess;
  #last: Promise<unknown> = Promise.resolve();

  constructor(mutant: string | undefined) {
    const apply = join(import.meta.dirname, 'apply.ts');
    this.#child = fork(join(import.meta.dirname, 'history-child.ts'), {
      execArgv: ['--import', apply],
      env: { ...process.env, [MUTANT]: mutant ?? '' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
  }

  /** What was broken in the history, once those asked for earlier have been lived. @throws Error when the process ends over it */
  live(asked: HistoryRequest): Promise<string | undefined> {
    const lived = this.#last.then(() => this.#live(asked));
    this.#last = lived.catch(() => undefined);
    return lived;
  }

  async #live(asked: HistoryRequest): Promise<string | undefined> {
    const child = this.#child;
    const words: Buffer[] = [];
    const listen = (chunk: Buffer) => words.push(chunk);
    child.stderr?.on('data', listen);
    const over = new AbortController();
    try {
      child.send(asked);
      const replied = once(child, 'message', { signal: over.signal });
      const ended = once(child, 'close', { signal: over.signal }).then(() => {
        throw new Error(`the process ended over the history of seed ${asked.seed}: ${Buffer.concat(words)}`);
      });
      const endless = setTimeout(LONGEST_MS, [{ seed: asked.seed, broken: ENDLESS }], { signal: over.signal });
      const [reply] = (await Promise.race([replied, ended, endless])) as [HistoryReply];
      if (reply.broken === ENDLESS) this.#child.kill('SIGKILL');
      return reply.broken;
    } finally {
      over.abort();
      child.stderr?.off('data', listen);
    }
  }

  end(): void {
    this.#child.kill();
  }
}
