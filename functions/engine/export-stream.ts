import type { Checkpoint } from './checkpoint.ts';
import { ConvlakeError } from './errors.ts';
import { type Plan, planRun } from './plan.ts';
import type { Ports } from './ports.ts';
import { checkpointNow } from './progress.ts';
import { Run } from './run.ts';
import type { Outcome, RunSummary, StreamSettings } from './settings.ts';
import type { Dialect, Span } from './source.ts';
import { cutWindows } from './window.ts';

/** A checkpoint is written no oftener than this during a run: SSM takes few writes a second per AWS account. */
const CHECKPOINT_EVERY_MS = 30_000;

/**
 * Exports one stream of one tenant: reads what is new and then what may have changed, commits it, and moves the checkpoint behind
 * what is committed. Every error that convlake knows ends up in the summary as `failed`, after what was read has been committed.
 * @throws ConvlakeError `checkpoint-unreadable` when there is no knowing where to begin; unknown errors as they come
 */
export async function exportStream(settings: StreamSettings, dialect: Dialect, ports: Ports): Promise<RunSummary> {
  const base = await ports.checkpoints.read();
  warnOfEarlierStart(settings, base, ports);
  const plan = planRun(base, settings, ports.clock.planningNow());
  return carryOut(plan, base, settings, dialect, ports);
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
  const fresh = cutWindows({ from, to: span.to }, settings.windowMs).map((window) => ({
    ...window,
    kind: 'new' as const,
  }));
  const plan: Plan = { fresh, reread: undefined, deep: 0, windowMs: settings.windowMs, watermark: from, end: span.to };
  const summary = await carryOut(plan, base, byTime, dialect, ports);
  if (summary.outcome === 'caught up') await ports.checkpoints.remove();
  return summary;
}

async function carryOut(
  plan: Plan,
  base: Checkpoint | undefined,
  settings: StreamSettings,
  dialect: Dialect,
  ports: Ports,
): Promise<RunSummary> {
  const { clock, checkpoints, observe } = ports;
  const startedAt = clock.now();
  const runId = ports.newId();
  const tasks = { fresh: plan.fresh, reread: plan.reread?.tasks ?? [] };
  observe({ event: 'planned', windows: tasks.fresh.length + tasks.reread.length, from: plan.watermark, to: plan.end });

  let writtenAt = clock.now();
  const current = (ended: boolean) => {
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
    await save(current(false), ports);
  };

  const run = new Run(tasks, { settings, dialect, ports, runId, progressed });
  await run.go();
  const last = current(true);
  await save(last, ports);
  return summarize(run, { settings, runId, startedAt, watermark: last.watermark, ports, checkpoints });
}

// Two runs may write in turn. Neither takes the watermark of the same epoch back, nor undoes a rewind, if it can see it.
async function save(checkpoint: Checkpoint, { checkpoints, observe }: Ports): Promise<void> {
  const there = await checkpoints.read();
  if (there && there.epoch > checkpoint.epoch) return;
  const watermark = Math.max(
    checkpoint.watermark,
    there?.epoch === checkpoint.epoch ? there.watermark : checkpoint.watermark,
  );
  await checkpoints.write({ ...checkpoint, watermark });
  observe({ event: 'checkpoint', watermark });
}

function warnOfEarlierStart(
  { definition, tenant, startMs }: StreamSettings,
  base: Checkpoint | undefined,
  { observe }: Ports,
): void {
  if (!base || base.start <= startMs) return;
  const [from, to] = [startMs, base.start].map((at) => new Date(at).toISOString());
  observe({
    event: 'warning',
    message: `${definition.stream} of ${tenant}: start was moved back, but the export began at ${to}; read the rest with: convlake backfill --stream ${definition.stream} --tenant ${tenant} --from ${from} --to ${to}`,
  });
}

function summarize(
  { tally, stop, ledger }: Run,
  {
    settings,
    runId,
    startedAt,
    watermark,
    ports,
  }: {
    readonly settings: StreamSettings;
    readonly runId: string;
    readonly startedAt: number;
    readonly watermark: number;
    readonly ports: Ports;
    readonly checkpoints: Ports['checkpoints'];
  },
): RunSummary {
  if (stop?.by === 'error' && !(stop.error instanceof ConvlakeError)) throw stop.error;
  const objects = [...tally.objects.values()];
  const added = objects.reduce((sum, { newRows }) => sum + newRows, 0);
  const changed = objects.reduce((sum, { changedRows }) => sum + changedRows, 0);
  const done = ledger.all.every(({ status }) => status === 'committed');
  const outcome: Outcome = stop?.by === 'error' ? 'failed' : done ? 'caught up' : 'out of time';
  return {
    stream: settings.definition.stream,
    tenant: settings.tenant,
    runId,
    outcome,
    ...(stop && stop.by !== 'error' && outcome === 'out of time' ? { stoppedBy: stop.by } : {}),
    rows: {
      read: tally.read,
      new: added,
      changed,
      unchanged: tally.read - added - changed,
      undated: tally.undated,
      open: tally.open,
    },
    pages: tally.pages,
    windows: tally.windows,
    bytes: tally.bytes,
    objects: objects.map(({ key, rows, bytes, newRows, changedRows }) => ({
      key,
      rows,
      bytes,
      changed: newRows + changedRows,
    })),
    reconciled: tally.reconciled,
    watermark,
    freshnessMs: ports.clock.planningNow() - watermark,
    newestRowAt: tally.newestTime === undefined ? undefined : Math.floor(tally.newestTime / 1000),
    startedAt,
    tookMs: ports.clock.now() - startedAt,
    ...(stop?.by === 'error' && stop.error instanceof Error ? { error: stop.error } : {}),
  };
}
