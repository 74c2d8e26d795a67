/**
 * Streams an object into a lake in a process of its own and says over IPC by how much its peak memory grew: `<megabytes>
 * files <folder>` or `<megabytes> S3 <endpoint> <bucket> <folder>`.
 */
import type { Lake } from '../../../functions/engine/ports.ts';
import { openFileLake } from '../../../functions/lake/file/file-lake.ts';
import { openS3Lake } from '../../../functions/lake/s3/s3-lake.ts';
import { localClient } from '../aws/local-aws.ts';

const [megabytes = '', kind = '', ...place] = process.argv.slice(2);

// Not resourceUsage().maxRSS: on Linux a process begins with that of the one that started it.
let peak = 0;
const piece = Buffer.alloc(64 * 1024, 7);

async function* source(count: number): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < count * 16; n++) {
    peak = Math.max(peak, process.memoryUsage.rss());
    yield piece;
  }
}

async function open(): Promise<Lake> {
  const [where = '', bucket = '', spoolFolder = ''] = place;
  if (kind === 'files') return openFileLake(where);
  return openS3Lake({ client: localClient(where), bucket, prefix: 'lake', spoolFolder, version: '1' });
}

const lake = await open();
const provenance = { commitId: 'c', runId: 'r', rows: 1 };
await lake.replace('first', undefined, source(1), provenance);
const before = peak;
await lake.replace('second', undefined, source(Number(megabytes)), provenance);
process.send?.({ grownMb: (peak - before) / 1024 / 1024 });
process.exit();
