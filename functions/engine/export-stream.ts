import { readBackfillBeginning } from './checkpoint/backfill-beginning.ts';
import { type Claiming, standing } from './checkpoint/claim.ts';
import type { Checkpoint } from './checkpoint.ts';
import { RevisitBook } from './details/revisits/revisit-book.ts';
import { revisitTasks } from './details/revisits/revisit-tasks.ts';
import { ConvlakeError } from './errors.ts';
import { growthOf, noTasks, type Plan, planRun, windowTasks } from './plan/plan.ts';
import { cutWindows } from './plan/window.ts';
import { withHalfTheWindow } from './plan/window-hint.ts';
import type { Ports } from './ports.ts';
import { otherRunWarning, readBeginning } from './run/begin-run.ts';
import { Checkpointer } from './run/checkpointer.ts';
import { leaveReport } from './run/report.ts';
import { Run } from './run/run.ts';
import { summarize, summaryWithoutRun } from './run/summary.ts';
import { openTally, Tally } from './run/tally.ts';
import { Ledger } from './run/tasks/ledger.ts';
import type { RunSummary, StreamSettings } from './settings.ts';
import type { Dialect, Span } from './source.ts';

/**
 * Exports one stream of one tenant: reads what is new and then what may have changed, commits it, and moves the checkpoint behind
 * what is committed. Every error that convlake knows ends up in the summary as `failed`, after what was read has been committed.
 * With `claiming` it ends `skipped` where another's claim is in the checkpoint, else notes that one there until it ends.
 * @throws ConvlakeError `checkpoint-unreadable` when it cannot be told where to begin, `configuration-invalid` for a checkpoint
 * of another lake, `clock-ahead` for a watermark in the future; unknown errors as they come
 */
export async function exportStream(
  settings: StreamSettings,
  dialect: Dialect,
  ports: Ports,
  claiming?: Claiming,
): Promise<RunSummary> {
  return leavingReport('live', settings, ports, () => exportFromCheckpoint(settings, dialect, ports, claiming));
}

async function exportFromCheckpoint(
  settings: StreamSettings,
  dialect: Dialect,
  ports: Ports,
  claiming: Claiming | undefined,
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
 * @throws ConvlakeError `checkpoint-unreadable`; `configuration-invalid` for the record of another lake or span; unknown errors as they come
 */
export async function backfillStream(
  settings: StreamSettings,
  span: Span,
  dialect: Dialect,
  ports: Ports,
): Promise<RunSummary> {
  return leavingReport('backfill', settings, ports, () => backfillFromRecord(settings, span, dialect, ports));
}

async function backfillFromRecord(
  settings: StreamSettings,
  span: Span,
  dialect: Dialect,
  ports: Ports,
): Promise<RunSummary> {
  const base = await readBackfillBeginning(settings, span, ports);
  const from = Math.max(span.from, base?.watermark ?? span.from);
  // Its windows are those of a stream that is read by time, whatever live runs read by.
  const byTime: StreamSettings = {
    ...settings,
    startMs: span.from,
    definition: { ...settings.definition, readBy: 'time' },
  };
  const windowMs = Math.min(settings.windowMs, base?.window ?? Number.POSITIVE_INFINITY);
  const fresh = windowTasks('new', cutWindows({ from, to: span.to }, windowMs, growthOf(settings)));
  const plan: Plan = { fresh, reread: undefined, history: undefined, deep: 0, windowMs, watermark: from, end: span.to };
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
  const now = clock.planningNow();
  const book = dialect.details && (await RevisitBook.open(settings, { ports, runId }));
  const { fresh, history } = plan;
  const reread = plan.reread?.tasks ?? noTasks('re-read', plan.watermark);
  const revisits = revisitTasks(purpose === 'live' && book ? book.due(now) : [], now);
  const windows = [fresh, reread, revisits, ...(history ? [history] : [])].reduce((sum, { count }) => sum + count, 0);
  observe({ event: 'planned', windows, from: plan.watermark, to: plan.end });

  const ledger = new Ledger({ fresh, reread, revisits, history }, settings.definition.readBy);
  const tally = openTally(settings, now);
  const checkpointer = new Checkpointer({ base, plan, ledger, tally, settings, runId }, claiming, ports);
  const progressed = () => checkpointer.progressed();
  const run = new Run({ ledger, tally, settings, dialect, ports, runId, book, progressed });
  await checkpointer.begin();
  try {
    await run.go();
    const { watermark, history: left } = await checkpointer.end(run.stop);
    const summary = summarize(run, { settings, runId, purpose, startedAt, watermark, history: left }, ports);
    await leaveReport(settings.definition, summary, ports);
    if (summary.error && !(summary.error instanceof ConvlakeError)) throw summary.error;
    return summary;
  } catch (error) {
    await checkpointer.abandon().catch(() => undefined); // the claim runs out by itself; the first cause counts
    throw error;
  }
}

/** A run that an error of ours ends before there is a summary leaves a report all the same: else nothing in the lake tells that it fails. */
async function leavingReport(
  purpose: RunSummary['purpose'],
  settings: StreamSettings,
  ports: Ports,
  act: () => Promise<RunSummary>,
): Promise<RunSummary> {
  const { clock } = ports;
  const startedAt = clock.now();
  try {
    return await act();
  } catch (error) {
    if (error instanceof ConvlakeError) {
      const known = {
        purpose,
        outcome: 'failed',
        runId: ports.newId(),
        startedAt,
        tookMs: clock.now() - startedAt,
      } as const;
      await leaveReport(settings.definition, summaryWithoutRun(settings, { ...known, error }), ports);
    }
    throw error;
  }
}

/** The end of a run that another's claim keeps from reading. */
async function skip(settings: StreamSettings, { watermark, history }: Checkpoint, ports: Ports): Promise<RunSummary> {
  const none = new Ledger(
    { fresh: noTasks('new', watermark), reread: noTasks('re-read', watermark) },
    settings.definition.readBy,
  );
  const nothing = { tally: new Tally(new Map()), stop: undefined, ledger: none, details: undefined };
  const [runId, startedAt] = [ports.newId(), ports.clock.now()];
  const facts = { settings, watermark, history, runId, purpose: 'live', startedAt } as const;
  const summary: RunSummary = { ...summarize(nothing, facts, ports), outcome: 'skipped' };
  await leaveReport(settings.definition, summary, ports);
  return summary;
}
