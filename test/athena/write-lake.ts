import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { streams } from '../../contract/streams.ts';
import { openS3Lake } from '../../functions/lake/s3/s3-lake.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { liveRun } from '../support/run/live-export.ts';
import { sampleReport, sampleReportKey } from '../support/run/sample-report.ts';
import { turnLines, turnObject } from '../support/views/turn-lines.ts';
import { putByHand } from '../support/views/view-rows.ts';

/** The simulators' clock. Real enough that the tables' range, which ends tomorrow, reaches it on every day from now on. */
const nowMs = Date.parse('2026-05-20T10:30:00Z');

/** Vendors whose rows hold what views must bear. */
export function startVendors(): Promise<Simulator> {
  return startSimulator({
    rows: 400,
    days: 8,
    now: () => nowMs,
    knobs: {
      crescendo: { unionTypes: 0.3, unknownFields: 0.3, nullTimes: 0.05, nullKeys: 0.05, duplicateNames: 0.2 },
      salesloft: {
        precision: 'microseconds',
        offsetMinutes: -270,
        nullTimes: 0.05,
        bigNumbers: 0.2,
        pointsPerMinute: undefined,
      },
      voiceable: { nullTimes: 0.05, requestsPerMinute: 1_000_000 },
      elevenlabs: { nullTimes: 0.05, layout: 'crlf' },
    },
  });
}

/** Exports all streams through the S3 adapter, puts the lines in which turns are odd, and leaves one report of a run. `folder` is for what is not in S3. */
export async function writeLake(
  simulator: Simulator,
  to: { client: S3Client; bucket: string; folder: string },
): Promise<void> {
  const { client, bucket, folder } = to;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const lake = openS3Lake({ client, bucket, prefix: '', spoolFolder: join(folder, 'spool'), version: 'test' });
  for (const stream of streams.keys()) {
    putByHand(simulator.world(stream), stream);
    const { outcome, error } = await liveRun({
      simulator,
      stream,
      lake: join(folder, 'local'),
      now: nowMs + 10 * 60_000,
      ports: (ports) => ({ ...ports, lake }),
    });
    if (outcome !== 'caught up') throw new Error(`${stream} ended ${outcome}`, { cause: error });
  }
  for (const { stream } of turnLines) {
    const { key, bytes } = turnObject(stream, simulator.tenant);
    await lake.put(key, bytes);
  }
  // The table of reports ends today whatever the simulators' clock says.
  const today = new Date().toISOString().slice(0, 10);
  await lake.put(sampleReportKey(today), Buffer.from(sampleReport));
}

/** Every object of the bucket as a file, for a reader of files. */
export async function download(client: S3Client, bucket: string, folder: string): Promise<void> {
  const listed = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  if (listed.IsTruncated) throw new Error('more than one page of objects; make the lake smaller');
  for (const { Key = '' } of listed.Contents ?? []) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
    const file = join(folder, Key);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, (await Body?.transformToByteArray()) ?? new Uint8Array());
  }
}
