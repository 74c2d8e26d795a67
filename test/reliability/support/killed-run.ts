import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Lane } from './lane.ts';
import { type KillMoment, type SignCounts, watchSigns } from './moments.ts';
import { notePhase, type Phase } from './phases.ts';

/** How a run in a process of its own came to its end. */
export interface ProcessEnd {
  /** Where it was when it was killed; undefined for a process that had ended before. */
  readonly killedAt: Phase | undefined;
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly signs: SignCounts;
}

/** What others do while a run goes on. */
export interface Meanwhile {
  /** Before each of the vendor's responses. */
  responding(): void;
  /** At every sign of the run's progress; `key` names the object that has just changed, where it was one. */
  looking(key?: string): void;
}

/** Starts a run and kills it at the moment, if there is one. */
export async function runProcess(
  lane: Lane,
  moment: KillMoment | undefined,
  meanwhile?: Meanwhile,
): Promise<ProcessEnd> {
  const phaseOf = notePhase(lane);
  let phase: Phase | undefined;
  const child = lane.start();
  const strike = () => {
    // Stopped first, so that it does not get further while it is looked at.
    if (!child.kill('SIGSTOP')) return;
    phase = phaseOf(child.pid ?? 0);
    child.kill('SIGKILL');
  };
  const signs = watchSigns(lane.lake, moment, { strike, look: (key) => meanwhile?.looking(key) });
  try {
    lane.onRequest(() => {
      signs.give('request');
      meanwhile?.responding();
    });
    child.stderr?.on('data', () => signs.give('line on stderr'));
    if (!child.stdout || !child.stderr) throw new Error('the program was started without pipes');
    const closed = once(child, 'close');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [status] = await closed;
    const killedAt = child.signalCode === 'SIGKILL' ? phase : undefined;
    return { killedAt, status, stdout, stderr, signs: signs.counts() };
  } finally {
    lane.onRequest(() => {});
    signs.close();
    child.kill('SIGKILL');
  }
}
