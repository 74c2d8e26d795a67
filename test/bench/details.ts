import { type ExportCost, exportJob, exportOnce } from './export-once.ts';
import { inFolder, startSimulators } from './processes.ts';

const CALLS = 240;
const CONCURRENCY = 4;

/** What transcripts cost that are asked for one by one, as rows of the bench's table: what, measured, goal. */
export async function detailRows(): Promise<string[][]> {
  const slow = await firstLoads(['--latency', '200'], [1, CONCURRENCY]);
  const large = await firstLoads(['--detail-bytes', '300000'], [CONCURRENCY]);
  const [one, four] = slow.map(({ wallMs }) => wallMs);
  return [
    [
      `${CALLS} transcripts, 200 ms a response: concurrency ${CONCURRENCY} against 1`,
      `${((one ?? 0) / (four ?? 1)).toFixed(1)} x faster`,
      `>= ${CONCURRENCY * 0.85} x`,
    ],
    [`peak memory, transcripts of 300 KB, ${CONCURRENCY} at once`, `${large[0]?.peakMb.toFixed(0)} MB`, '<= 300 MB'],
  ];
}

/** A first load of the same calls at each concurrency. */
async function firstLoads(
  options: readonly string[],
  concurrencies: readonly number[],
): Promise<readonly ExportCost[]> {
  const simulators = await startSimulators(['--rows', String(CALLS), ...options]);
  const costs: ExportCost[] = [];
  for (const concurrency of concurrencies) {
    const from = { ...simulators, stream: 'elevenlabs.transcripts' } as const;
    costs.push(await inFolder((lake) => exportOnce(exportJob(from, lake, { configuration: { concurrency } }))));
  }
  simulators.stop();
  return costs;
}
