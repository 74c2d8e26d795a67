import type { DetailSummary } from '../details/detail-counts.ts';
import { asError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import type { Outcome, RunSummary, StreamSettings } from '../settings.ts';
import type { Span } from '../source.ts';
import type { Run } from './run.ts';

/** A run as its summary needs it. */
export type Ended = Pick<Run, 'tally' | 'stop' | 'ledger' | 'details'>;

/** What is known of a run apart from what it counted. */
export interface RunFacts extends Pick<RunSummary, 'runId' | 'purpose' | 'startedAt'> {
  readonly settings: StreamSettings;
  readonly watermark: number;
  readonly history: Span | undefined;
}

/** What a run did, at its end. */
export function summarize(
  { tally, stop, ledger, details }: Ended,
  facts: RunFacts,
  { clock, traffic }: Ports,
): RunSummary {
  const { settings, watermark, history, startedAt } = facts;
  const objects = [...tally.objects.values()];
  const added = objects.reduce((sum, { newRows }) => sum + newRows, 0);
  const changed = objects.reduce((sum, { changedRows }) => sum + changedRows, 0);
  const outcome: Outcome = stop?.by === 'error' ? 'failed' : ledger.isDone ? 'caught up' : 'out of time';
  const { requests, throttledMs, points } = traffic();
  return {
    stream: settings.definition.stream,
    tenant: settings.tenant,
    runId: facts.runId,
    purpose: facts.purpose,
    outcome,
    ...(stop && stop.by !== 'error' && outcome === 'out of time' ? { stoppedBy: stop.by } : {}),
    ...(outcome === 'out of time' && ledger.left ? { left: ledger.left } : {}),
    rows: {
      read: tally.read,
      new: added,
      changed,
      unchanged: (details ? settled(details) : tally.read) - added - changed,
      undated: tally.undated,
      outsideTable: tally.outsideTable,
      open: details?.open ?? tally.open,
      oversized: tally.oversized,
    },
    ...(details && { details }),
    pages: tally.pages,
    windows: tally.windows,
    requests,
    throttledMs,
    ...(points === undefined ? {} : { points }),
    bytes: tally.bytes,
    objects: objects.map(({ key, rows, bytes, newRows, changedRows }) => ({
      key,
      rows,
      bytes,
      changed: newRows + changedRows,
    })),
    reconciled: tally.reconciled,
    newFields: tally.drift.added,
    retypedFields: tally.drift.retyped,
    watermark,
    ...(history && { history }),
    freshnessMs: clock.planningNow() - watermark,
    newestRowAt: tally.newestTime === undefined ? undefined : Math.floor(tally.newestTime / 1000),
    startedAt,
    tookMs: clock.now() - startedAt,
    ...(stop?.by === 'error' ? { error: asError(stop.error) } : {}),
  };
}

/** Rows of a list that something became of; those whose details the run had no time for are none of them. */
function settled({ held, fetched, gone, failed }: DetailSummary): number {
  return held + fetched + gone + failed;
}

/** What is known of a run that the engine has no summary of. */
export type Known = Pick<RunSummary, 'purpose' | 'outcome' | 'startedAt' | 'tookMs'> & Partial<RunSummary>;

/** The summary of a run that ended before the engine had one, or never began: nothing but what is known all the same. */
export function summaryWithoutRun(
  { definition, tenant }: Pick<StreamSettings, 'definition' | 'tenant'>,
  known: Known,
): RunSummary {
  return {
    stream: definition.stream,
    tenant,
    runId: 'none',
    rows: { read: 0, new: 0, changed: 0, unchanged: 0, undated: 0, outsideTable: 0, open: 0, oversized: 0 },
    pages: 0,
    windows: 0,
    requests: 0,
    throttledMs: 0,
    bytes: 0,
    objects: [],
    reconciled: true,
    watermark: undefined,
    freshnessMs: undefined,
    newestRowAt: undefined,
    ...known,
  };
}
