import type { RunSummary, StreamSettings } from '../settings.ts';

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
