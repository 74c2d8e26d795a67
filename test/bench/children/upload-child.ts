/**
 * What a scheduled function is usually made of: pages parsed, rows printed again, gzip, and lib-storage's Upload, a day at a time and
 * several days at once. Prints what it cost as one line of JSON. Arguments: settings as JSON.
 */
import { once } from 'node:events';
import { basename } from 'node:path';
import { createGzip } from 'node:zlib';
import { Upload } from '@aws-sdk/lib-storage';
import { localClient } from '../../support/aws/local-aws.ts';
import { DAY_MS } from '../../support/durations.ts';
import { measured } from '../measured.ts';
import { vendorPages } from '../vendor-pages.ts';
import type { ExportJob } from './export-child.ts';

/** As many windows as an export of the same configuration reads at once. */
const AT_ONCE = 4;

const job = JSON.parse(process.argv[2] ?? '') as ExportJob;
const { s3, since, now, level } = job;
if (!s3) throw new Error('this program writes to S3 alone');
const client = localClient(s3.endpoint);
const days = Array.from({ length: Math.ceil((now - since) / DAY_MS) }, (_, day) => since + day * DAY_MS);

await measured(async () => {
  let rows = 0;
  const exportDay = async (from: number) => {
    const gzip = createGzip({ level });
    const date = new Date(from).toISOString().slice(0, 10);
    const params = { Bucket: s3.bucket, Key: `${basename(job.lake)}/dt=${date}/${date}.ndjson.gz`, Body: gzip };
    const uploaded = new Upload({ client, params }).done();
    for await (const page of vendorPages(job, { from, to: Math.min(from + DAY_MS, now) })) {
      rows += page.length;
      const lines = page.map((row) => `${JSON.stringify(row)}\n`).join('');
      if (!gzip.write(lines)) await once(gzip, 'drain');
    }
    gzip.end();
    await uploaded;
  };
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (let day = days.shift(); day !== undefined; day = days.shift()) await exportDay(day);
  });
  await Promise.all(workers);
  return { rows };
});
client.destroy();
