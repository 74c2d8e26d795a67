import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Answered, Asked } from './history-child.ts';
import { MUTANT } from './mutants.ts';

/** A process that lives histories, with a mutant in it or with none. */
export class Histories {
  readonly #child: ChildProcess;

  constructor(mutant: string | undefined) {
    const apply = join(import.meta.dirname, 'apply.ts');
    this.#child = fork(join(import.meta.dirname, 'history-child.ts'), {
      execArgv: ['--import', apply],
      env: { ...process.env, [MUTANT]: mutant ?? '' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
  }

  /** What was broken in the history; one at a time. @throws Error when the process ends over it */
  async live(asked: Asked): Promise<string | undefined> {
    const child = this.#child;
    const words: Buffer[] = [];
    const listen = (chunk: Buffer) => words.push(chunk);
    child.stderr?.on('data', listen);
    const over = new AbortController();
    try {
      child.send(asked);
      const answered = once(child, 'message', { signal: over.signal });
      const ended = once(child, 'close', { signal: over.signal }).then(() => {
        throw new Error(`the process ended over the history of seed ${asked.seed}: ${Buffer.concat(words)}`);
      });
      const [answer] = (await Promise.race([answered, ended])) as [Answered];
      return answer.broken;
    } finally {
      over.abort();
      child.stderr?.off('data', listen);
    }
  }

  end(): void {
    this.#child.kill();
  }
}
