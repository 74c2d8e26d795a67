import { ConvlakeError } from '../../functions/engine/errors.ts';
import { beforeDeadline, endRequestsAfterMs } from '../../functions/wiring/deadline.ts';
import { realTime, runClock, timeLimit } from '../../functions/wiring/run-clock.ts';
import type { Flags } from '../options/flags.ts';
import { type Prepared, prepare, prepareBackfill } from '../options/prepare.ts';
import { openProgressView } from '../output/open-progress-view.ts';
import { print } from '../output/print.ts';
import { resultText } from '../output/result-table.ts';
import { listenForInterrupts } from '../run/interrupts.ts';
import { runStreams, type Work } from '../run/run-streams.ts';
import { exitStatus, jsonLine, type StreamResult } from '../run/stream-result.ts';

/** However short the time, the first request of a run may take this long, so that short runs get on too. */
const SHORTEST_MS = 10_000;

/** `convlake export`. Resolves to the exit status. @throws UsageError */
export async function exportCommand(flags: Flags): Promise<number> {
  return runAndReport(flags, await prepare(flags));
}

/** `convlake backfill`. Resolves to the exit status. @throws UsageError */
export async function backfillCommand(flags: Flags): Promise<number> {
  return runAndReport(flags, await prepareBackfill(flags));
}

async function runAndReport(
  flags: Flags,
  prepared: Prepared & Pick<Work, 'span' | 'anew' | 'refetch'>,
): Promise<number> {
  const { results, interrupted } = await runWithProgress(prepared, (result) => {
    if (flags.json) print(jsonLine(result, prepared.typed));
  });
  if (!flags.json) print(prepared.typed(resultText(results)));
  return exitStatus(
    results.map(({ outcome }) => outcome),
    interrupted,
  );
}

/** Runs the prepared streams as a person at a terminal wants it: progress is shown, and Ctrl-C is heard. */
export async function runWithProgress(
  prepared: Prepared & Pick<Work, 'span' | 'anew' | 'refetch' | 'around'>,
  ended: Work['ended'],
): Promise<{ readonly results: readonly StreamResult[]; readonly interrupted: boolean }> {
  const view = openProgressView(prepared.streams);
  const interrupts = listenForInterrupts(view.say);
  const { timeLimitMs = Number.POSITIVE_INFINITY, planningNowMs } = prepared;
  const deadline = {
    afterMs: Math.max(SHORTEST_MS, endRequestsAfterMs(timeLimitMs)),
    reason: new ConvlakeError('interrupted', 'stop-run', 'the time limit is nearly over'),
  };
  try {
    const clock = runClock(realTime, timeLimit(timeLimitMs), planningNowMs);
    const results = await beforeDeadline(realTime, deadline, (nearlyOver) => {
      const signal = AbortSignal.any([interrupts.signal, nearlyOver]);
      return runStreams({ ...prepared, clock, view, signal, environment: process.env, ended });
    });
    return { results, interrupted: interrupts.interrupted() };
  } finally {
    view.close();
    interrupts.close();
  }
}
