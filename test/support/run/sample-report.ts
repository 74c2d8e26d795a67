import { runReportKey } from '../../../contract/layout.ts';
import { ConvlakeError } from '../../../functions/engine/errors.ts';
import { runReport } from '../../../functions/engine/run/report.ts';
import type { RunSummary } from '../../../functions/engine/settings.ts';

/** A run that has something of everything. */
export const sampleRun = {
  stream: 'crescendo.vocconv',
  tenant: 'tenant-alpha',
  runId: 'run-1',
  purpose: 'live',
  outcome: 'failed',
  stoppedBy: 'vendor',
  rows: { read: 20, new: 12, changed: 3, unchanged: 5, undated: 1, outsideTable: 0, open: 0, oversized: 0 },
  details: { listed: 20, held: 5, fetched: 15, gone: 0, failed: 0, erased: 0, suspicious: 0, open: 0 },
  pages: 2,
  windows: 2,
  requests: 3,
  throttledMs: 0,
  points: 3,
  bytes: 20_480,
  objects: [
    {
      key: 'crescendo_vocconv/tenant=tenant-alpha/dt=2026-05-20/2026-05-20.ndjson.gz',
      rows: 12,
      bytes: 900,
      changed: 3,
    },
  ],
  reconciled: true,
  newFields: ['wrapUpCode'],
  retypedFields: [{ field: 'CSat', type: 'object' }],
  watermark: Date.parse('2026-05-20T10:38:00.000Z'),
  freshnessMs: 120_000,
  newestRowAt: Date.parse('2026-05-20T10:29:00.000Z'),
  startedAt: Date.parse('2026-05-20T10:40:00.125Z'),
  tookMs: 1500,
  error: new ConvlakeError(
    'vendor-unavailable',
    'retry',
    'crescendo.vocconv of tenant-alpha: the vendor does not respond',
  ),
} as const satisfies RunSummary;

/** Its report as a lake holds it: one line. */
export const sampleReport = `${JSON.stringify(runReport(sampleRun))}\n`;

/** Where the report lies when its run began on this date (UTC, `YYYY-MM-DD`). */
export function sampleReportKey(date: string): string {
  const { stream, tenant, runId } = sampleRun;
  return runReportKey({ source: 'crescendo', stream, tenant, date, runId });
}
