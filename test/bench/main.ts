/**
 * `npm run bench`: what an export costs, as ratios within one run, since absolute times say more about the machine than about us.
 * The simulators run in a process of their own. Options: --rows N (per stream), --rounds N.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { streamDefinition } from '../../contract/streams.ts';
import { againstCollecting, againstUpload } from './against-others.ts';
import { coldStartRows, measureColdStart } from './cold-start.ts';
import { detailRows } from './details.ts';
import { exportJob, exportOnce } from './export-once.ts';
import { child, inFolder, median, startSimulators } from './processes.ts';
import { statusRows } from './status.ts';

interface ZlibCost {
  readonly rawBytes: number;
  readonly packedBytes: number;
  readonly cpuMs: number;
  readonly wallMs: number;
}

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '200000' }, rounds: { type: 'string', default: '3' } },
});
const rounds = Number(values.rounds);
const table = new Table({ head: ['what', 'measured', 'goal'] });

const STREAM = 'crescendo.vocconv';

const simulators = await startSimulators(['--rows', values.rows]);
for (const level of [6, 1]) {
  const goal = level === 6 ? 1.25 : 1.9;
  const ratios: { cpu: number; speed: number; size: number; peakMb: number }[] = [];
  for (let round = 0; round < rounds; round++) ratios.push(await firstExport(level));
  table.push(
    [
      `CPU of a first export against zlib alone, level ${level}`,
      `${median(ratios.map(({ cpu }) => cpu)).toFixed(2)} x`,
      `<= ${goal} x`,
    ],
    [
      `rows/s of it against zlib alone on one core, level ${level}`,
      `${median(ratios.map(({ speed }) => speed)).toFixed(2)} x`,
      level === 6 ? '>= 1.4 x' : '',
    ],
    [
      `bytes of it against one gzip stream a day, level ${level}`,
      `${median(ratios.map(({ size }) => size)).toFixed(3)} x`,
      '',
    ],
    [`peak memory, ${values.rows} rows`, `${median(ratios.map(({ peakMb }) => peakMb)).toFixed(0)} MB`, '<= 300 MB'],
  );
}
table.push(...(await againstUpload(simulators, rounds)), ...(await againstCollecting(simulators, rounds)));
simulators.stop();

const slow = await startSimulators(['--rows', '6400', '--latency', '200']);
const catchUp = (lake: string, concurrency: number) =>
  exportOnce(exportJob({ ...slow, stream: STREAM }, lake, { configuration: { window: '12 hours', concurrency } }));
const one = await inFolder((lake) => catchUp(lake, 1));
const eight = await inFolder((lake) => catchUp(lake, 8));
slow.stop();
table.push([
  'catch-up of 60 windows, 200 ms a page: concurrency 8 against 1',
  `${(one.wallMs / eight.wallMs).toFixed(1)} x faster`,
  '>= 7 x',
]);

table.push(...(await detailRows()));

table.push(...coldStartRows(measureColdStart()), ...(await statusRows(rounds)));

process.stdout.write(
  `${table.toString()}\nmedians of ${rounds} rounds, ${values.rows} rows over 30 days, ${process.version}\n`,
);

function firstExport(level: number) {
  return inFolder(async (lake) => {
    const ours = await exportOnce(exportJob({ ...simulators, stream: STREAM }, lake, { level }));
    const zlib = await child<ZlibCost>('children/zlib-child.ts', [
      join(lake, streamDefinition(STREAM).table),
      String(level),
    ]);
    return {
      cpu: ours.cpuMs / zlib.cpuMs,
      speed: zlib.wallMs / ours.wallMs,
      size: ours.objectBytes / zlib.packedBytes,
      peakMb: ours.peakMb,
    };
  });
}
