/**
 * One export in a process of its own: prints what it cost as one line of JSON. Arguments: settings as JSON.
 */
import type { StreamName } from '../../contract/streams.ts';
import type { Simulator } from '../simulator/simulator.ts';
import { liveRun } from '../support/live-export.ts';

/** What to export, where from and how. */
export interface ExportJob {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly tenant: string;
  readonly since: number;
  readonly stream: StreamName;
  readonly lake: string;
  readonly now: number;
  readonly level: number;
  readonly configuration: Readonly<Record<string, unknown>>;
}

const job = JSON.parse(process.argv[2] ?? '') as ExportJob;
const simulator: Pick<Simulator, 'apiKey' | 'tenant' | 'since' | 'baseUrl'> = { ...job, baseUrl: () => job.baseUrl };
const cpuBefore = process.cpuUsage();
const began = performance.now();
const summary = await liveRun({ ...job, simulator: simulator as Simulator });
const wallMs = performance.now() - began;
const cpu = process.cpuUsage(cpuBefore);
if (summary.outcome !== 'caught up') throw new Error(`the export ended ${summary.outcome}`, { cause: summary.error });
process.stdout.write(
  JSON.stringify({
    rows: summary.rows.read,
    written: summary.objects.length,
    objectBytes: summary.objects.reduce((sum, { bytes }) => sum + bytes, 0),
    requests: summary.requests,
    cpuMs: (cpu.user + cpu.system) / 1000,
    wallMs,
    peakMb: process.resourceUsage().maxRSS / 1024,
  }),
);
