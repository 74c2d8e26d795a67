import { ConvlakeError } from '../../functions/engine/errors.ts';

/** A Ctrl-C reaches a program that npx started twice: from the terminal and passed on by npm. Both within a moment are one. */
const ONE_PRESS_MS = 500;

/** Why a command should end before it is done. */
export interface Interrupts {
  /** Aborted when the person says so; what was read is still committed. */
  readonly signal: AbortSignal;
  /** True once a person, or the system, interrupted the command. */
  readonly interrupted: () => boolean;
  close(): void;
}

/**
 * Listens for SIGINT and SIGTERM. The first aborts the signal; another ends the process at once, which loses no row, since
 * the checkpoint never is ahead of what is committed.
 */
export function listenForInterrupts(say: (text: string) => void): Interrupts {
  const controller = new AbortController();
  let interruptedAt: number | undefined;
  const interrupt = () => {
    const now = performance.now();
    if (interruptedAt !== undefined && now - interruptedAt > ONE_PRESS_MS) process.exit(130);
    if (interruptedAt !== undefined) return;
    interruptedAt = now;
    say('interrupted: what was read is being committed; interrupt again to end at once');
    controller.abort(new ConvlakeError('interrupted', 'stop-run', 'interrupted by the caller'));
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return {
    signal: controller.signal,
    interrupted: () => interruptedAt !== undefined,
    close() {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    },
  };
}
