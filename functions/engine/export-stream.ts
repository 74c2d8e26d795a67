import { type Claiming, standing, withHalfTheWindow } from './checkpoint/claim.ts';
import type { Checkpoint } from './checkpoint.ts';
import { ConvlakeError, hasCode, hasRecovery } from './errors.ts';
import { growthOf, type Plan, planRun } from './plan/plan.ts';
import { cutWindows } from './plan/window.ts';
import type { Ports } from './ports.ts';
import { otherRunWarning, readBeginning } from './run/begin-run.ts';
import { dropClaim, keepCheckpoint } from './run/checkpointer.ts';
import { Ledger } from './run/ledger.ts';
import { checkpointNow } from './run/progress.ts';
import { leaveReport } from './run/report.ts';
import { Run, type Stop } from './run/run.ts';
import { summarize } from './run/summary.ts';
import { Tally } from './run/tally.ts';
import type { RunSummary, StreamSettings } from './settings.ts';
import type { Dialect, Span } from './source.ts';

/** A checkpoint is written no oftener than this during a run: SSM takes few writes a second per AWS account. */
const CHECKPOINT_EVERY_MS = 30_000;

/**
 * Exports one stream of one tenant: reads what is new and then what may have changed, commits it, and moves the checkpoint behind
 * what is committed. Every error that convlake knows ends up in the summary as `failed`, after what was read has been committed.
 * With `claiming` it ends `skipped` where another's claim is in the checkpoint, else notes that one there until it ends.
 * @throws ConvlakeError `checkpoint-unreadable` when there is no knowing where to begin, `configuration-invalid` for a checkpoint
 * of another lake; unknown errors as they come
 */
export async function exportStream(
  settings: StreamSettings,
  dialect: Dialect,
  ports: Ports,
  claiming?: Claiming,
): Promise<RunSummary> {
  const { clock, observe } = ports;
  const there = await readBeginning(settings, ports);
  const found = standing(there?.claim, claiming, clock.now());
  if (there && found === 'taken') {
    if (claiming) return skip(settings, there, ports);
    observe({ event: 'warning', message: otherRunWarning(settings, there) });
  }
  const base = there && found === 'left' ? withHalfTheWindow(there, settings) : there;
  const plan = planRun(base, settings, clock.planningNow());
  return carryOut(plan, base, settings, dialect, ports, { purpose: 'live', claiming });
}

/**
 * Reads an explicit past span, by the rows' own time, and leaves the live checkpoint alone: `ports.checkpoints` is a record of
 * its own, by which a backfill that was cut short goes on, and which is removed when it is done.
 */
export async function backfillStream(
  settings: StreamSettings,
  span: Span,
  dialect: Dialect,
  ports: Ports,
): Promise<RunSummary> {
  const base = await ports.checkpoints.read();
  const from = Math.max(span.from, base?.watermark ?? span.from);
  // Its windows are those of a stream that is read by time, whatever live runs read by.
  const byTime: StreamSettings = {
    ...settings,
    startMs: span.from,
    definition: { ...settings.definition, readBy: 'time' },
  };
  const windowMs = Math.min(settings.windowMs, base?.window ?? Number.POSITIVE_INFINITY);
  const fresh = cutWindows({ from, to: span.to }, windowMs, growthOf(settings)).map((window) => ({
    ...window,
    kind: 'new' as const,
  }));
  const plan: Plan = { fresh, reread: undefined, deep: 0, windowMs, watermark: from, end: span.to };
  const summary = await carryOut(plan, base, byTime, dialect, ports, { purpose: 'backfill', claiming: undefined });
  if (summary.outcome === 'caught up') await ports.checkpoints.remove();
  return summary;
}

async function carryOut(
  plan: Plan,
  base: Checkpoint | undefined,
  settings: StreamSettings,
  dialect: Dialect,
  ports: Ports,
  { purpose, claiming }: { readonly purpose: RunSummary['purpose']; readonly claiming: Claiming | undefined },
): Promise<RunSummary> {
  const { clock, observe } = ports;
  const startedAt = clock.now();
  const runId = ports.newId();
  const tasks = { fresh: plan.fresh, reread: plan.reread?.tasks ?? [] };
  observe({ event: 'planned', windows: tasks.fresh.length + tasks.reread.length, from: plan.watermark, to: plan.end });

  let writtenAt = clock.now();
  const current = (ended: boolean): Checkpoint => {
    const { ledger, tally } = run;
    return checkpointNow({
      base,
      plan,
      ledger,
      tally,
      settings,
      runId,
      planningNow: clock.planningNow(),
      now: clock.now(),
      ended,
    });
  };
  const progressed = async () => {
    if (clock.now() - writtenAt < CHECKPOINT_EVERY_MS) return;
    writtenAt = clock.now();
    await keepCheckpoint(current(false), ports, { held: claiming });
  };

  const run = new Run(tasks, { settings, dialect, ports, runId, progressed });
  if (claiming) await keepCheckpoint(current(false), ports, { held: claiming });
  try {
    await run.go();
    const last = current(judgesWindow(run.stop));
    await keepCheckpoint(last, ports, { dropped: claiming });
    const summary = summarize(run, { settings, runId, purpose, startedAt, watermark: last.watermark }, ports);
    await leaveReport(settings.definition, summary, ports);
    if (summary.error && !(summary.error instanceof ConvlakeError)) throw summary.error;
    return summary;
  } catch (error) {
    if (claiming) await dropClaim(claiming, ports).catch(() => undefined); // it runs out by itself; the first cause counts
    throw error;
  }
}

/** A refused credential, or a lake that does not answer, says nothing about how large a window fits. */
function judgesWindow(stop: Stop | undefined): boolean {
  if (stop?.by !== 'error') return true;
  const ofTheLake = (['lake-unavailable', 'commit-contended', 'checkpoint-unreadable'] as const).some((code) =>
    hasCode(stop.error, code),
  );
  return !ofTheLake && !hasRecovery(stop.error, 'stop-stream');
}

/** The end of a run that another's claim keeps from reading. */
async function skip(settings: StreamSettings, { watermark }: Checkpoint, ports: Ports): Promise<RunSummary> {
  const nothing = { tally: new Tally(new Map()), stop: undefined, ledger: new Ledger([], []) };
  const facts = { settings, watermark, runId: ports.newId(), purpose: 'live', startedAt: ports.clock.now() } as const;
  const summary: RunSummary = { ...summarize(nothing, facts, ports), outcome: 'skipped' };
  await leaveReport(settings.definition, summary, ports);
  return summary;
}
