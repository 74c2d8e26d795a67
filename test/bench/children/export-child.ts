/**
 * One export in a process of its own: prints what it cost as one line of JSON. Arguments: settings as JSON.
 */
import { basename } from 'node:path';
import type { StreamName } from '../../../contract/streams.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import { liveRun } from '../../support/run/live-export.ts';
import { measured } from '../measured.ts';

/** What to export, where from and how. */
export interface ExportJob {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly tenant: string;
  readonly since: number;
  readonly stream: StreamName;
  /** Of objects and checkpoints; where `s3` is said, of checkpoints and spools, and its name is the prefix in the bucket. */
  readonly lake: string;
  readonly s3?: { readonly endpoint: string; readonly bucket: string };
  readonly now: number;
  readonly level: number;
  readonly configuration: Readonly<Record<string, unknown>>;
}

const job = JSON.parse(process.argv[2] ?? '') as ExportJob;
const simulator: Pick<Simulator, 'apiKey' | 'tenant' | 'since' | 'baseUrl'> = { ...job, baseUrl: () => job.baseUrl };
const s3 = job.s3 && (await openS3(job.s3));

await measured(async () => {
  const summary = await liveRun({
    ...job,
    simulator: simulator as Simulator,
    ports: (ports) => (s3 ? { ...ports, lake: s3.lake } : ports),
  });
  if (summary.outcome !== 'caught up') throw new Error(`the export ended ${summary.outcome}`, { cause: summary.error });
  return {
    rows: summary.rows.read,
    written: summary.objects.length,
    objectBytes: summary.objects.reduce((sum, { bytes }) => sum + bytes, 0),
    requests: summary.requests,
  };
});
s3?.close();

/** Loaded when it is asked for: the AWS SDK is not part of the memory of an export into a folder. */
async function openS3({ endpoint, bucket }: NonNullable<ExportJob['s3']>) {
  const { openS3Lake } = await import('../../../functions/lake/s3/s3-lake.ts');
  const { localClient } = await import('../../support/aws/local-aws.ts');
  const client = localClient(endpoint);
  const lake = openS3Lake({ client, bucket, prefix: basename(job.lake), spoolFolder: job.lake, version: 'bench' });
  return { lake, close: () => client.destroy() };
}
