import type { ExportJob } from './children/export-child.ts';
import { exportJob, exportOnce } from './export-once.ts';
import type { Cost } from './measured.ts';
import { child, inFolder, median, type Simulators, startServer } from './processes.ts';

const STREAM = 'crescendo.vocconv';

/** An export into S3 against a program that parses, prints, packs and uploads by lib-storage, as rows of the bench's table. */
export async function againstUpload(simulators: Simulators, rounds: number): Promise<string[][]> {
  const s3 = await startServer<NonNullable<ExportJob['s3']>>('children/s3-server.ts', []);
  try {
    const { speed, cpu, memory } = await compare('children/upload-child.ts', rounds, (lake) => ({
      ...exportJob({ ...simulators, stream: STREAM }, lake, { level: 1 }),
      s3,
    }));
    return [
      ['rows/s of a first export into S3 against parse, print, gzip and lib-storage, level 1', speed, '>= 1.5 x'],
      ['CPU of it against the same', cpu, ''],
      ['peak memory of it against the same', memory, ''],
    ];
  } finally {
    s3.stop();
  }
}

/** An export into a folder against the vendors' sample programs, which collect everything and write it then. */
export async function againstCollecting(simulators: Simulators, rounds: number): Promise<string[][]> {
  const { speed, cpu, memory } = await compare('children/collect-child.ts', rounds, (lake) =>
    exportJob({ ...simulators, stream: STREAM }, lake),
  );
  return [
    ['rows/s of a first export against collecting all pages and then writing, level 6', speed, '>= 2 x'],
    ['CPU of it against the same', cpu, ''],
    ['peak memory of it against the same', memory, '<= 0.25 x at 1,000,000 rows'],
  ];
}

/** Medians over the rounds; both run in turn, so that whatever else the machine does meets both. */
async function compare(script: string, rounds: number, job: (lake: string) => ExportJob) {
  const ratios: { readonly speed: number; readonly cpu: number; readonly memory: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const theirs = await inFolder((lake) => child<Cost>(script, [JSON.stringify(job(lake))]));
    const ours = await inFolder((lake) => exportOnce(job(lake)));
    if (ours.written === 0) throw new Error('the lake of the export was not empty');
    // The export leaves out the last minutes, which may still change.
    if (ours.rows < 0.99 * theirs.rows) throw new Error(`${script} read ${theirs.rows} rows, the export ${ours.rows}`);
    ratios.push({
      speed: rowsPerMs(ours) / rowsPerMs(theirs),
      cpu: ours.cpuMs / theirs.cpuMs,
      memory: ours.peakMb / theirs.peakMb,
    });
  }
  const middle = (of: (ratio: (typeof ratios)[number]) => number) => `${median(ratios.map(of)).toFixed(2)} x`;
  return {
    speed: middle(({ speed }) => speed),
    cpu: middle(({ cpu }) => cpu),
    memory: middle(({ memory }) => memory),
  };
}

function rowsPerMs({ rows, wallMs }: Cost): number {
  return rows / wallMs;
}
