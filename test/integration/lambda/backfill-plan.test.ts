import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackfillProgress, BackfillStep } from '../../../contract/backfill.ts';
import { CONFIGURATION_IDENTIFIER, Env } from '../../../contract/environment.ts';
import { bundleHandler } from '../../../infra/handler/bundle-handler.ts';
import { deployedStream } from '../../support/aws/deployed-stream.ts';
import { type FakeS3Server, serveFakeS3 } from '../../support/aws/fake-s3-server.ts';
import { startInvocation } from '../../support/aws/invoke-handler.ts';
import { LOCAL_AWS } from '../../support/aws/local-aws.ts';

const ENTRY = join(import.meta.dirname, '../../../functions/backfill-plan.handler.ts');

let folder: string;
let s3: FakeS3Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convlake-handler-'));
  bundleHandler({ entry: ENTRY, texts: { [CONFIGURATION_IDENTIFIER]: JSON.stringify([deployedStream()]) } }, folder);
  s3 = await serveFakeS3();
});
afterAll(async () => {
  await s3.close();
  await rm(folder, { recursive: true });
});

/** Invokes the bundled function. */
function take(step: BackfillStep) {
  const order = { artefact: join(folder, 'index.mjs'), event: step, requestId: 'r', looksAtClock: 1 };
  const environment = {
    PATH: process.env['PATH'] ?? '',
    ...LOCAL_AWS,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    [Env.lakeBucket]: 'lake',
    [Env.lakePrefix]: 'of/now',
    [Env.backfillBucket]: s3.bucket,
    [Env.backfillOwner]: s3.owner,
  };
  return startInvocation(order, environment).ended;
}

test('the bundled function keeps what passes between the steps of a backfill in S3', async () => {
  const request = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
  const { returned } = await take({ step: 'plan', execution: 'e', redrives: 0, request });

  expect(returned).toMatchObject({ bucket: s3.bucket, items: 'backfills/e/1/items.json', pending: 1, failed: 0 });
  const planned: unknown = JSON.parse(String(s3.objects.get('backfills/e/1/items.json')?.bytes));
  const [left] = [{ lake: 's3://lake/of/now', stream: 'crescendo.vocconv', tenant: 'a', windowMs: 86_400_000 }];
  expect(planned).toMatchObject([{ credential: 'crescendo secret:vendor', groups: [{ spans: [left] }] }]);

  const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
  const [item]: readonly unknown[] = Array.isArray(planned) ? planned : [];
  const keep = (key: string, value: unknown) =>
    s3.objects.set(key, {
      bytes: bytes(value),
      etag: '"1"',
      crc32: undefined,
      headers: {},
      versionId: '1',
      modifiedAt: 0,
    });
  keep('backfills/e/1/m/manifest.json', { ResultFiles: { FAILED: [{ Key: 'failed' }], PENDING: [], SUCCEEDED: [] } });
  keep('failed', [{ Status: 'TIMED_OUT', Input: JSON.stringify(item) }]);
  const progress = returned as unknown as BackfillProgress;
  const gathered = await take({ step: 'gather', redrives: 0, progress, manifest: 'backfills/e/1/m/manifest.json' });
  expect(gathered.returned).toMatchObject({ round: 2, pending: 0, failed: 1 });

  const report = await take({
    step: 'report',
    redrives: 0,
    progress: gathered.returned as unknown as BackfillProgress,
  });
  expect(report.error).toMatchObject({
    name: 'ConvlakeError:backfill-incomplete',
    message: expect.stringContaining(`TIMED_OUT\nAll of them are in s3://${s3.bucket}/backfills/e/2/rest.json`),
  });
});

test('the bundled function tells an execution of an earlier version to begin anew', async () => {
  const event = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' } as unknown as BackfillStep;

  expect((await take(event)).error?.message).toContain('start a new backfill');
});

test('the bundled function says which of its files cannot be read', async () => {
  const progress = {
    bucket: s3.bucket,
    folder: 'backfills/none',
    round: 1,
    items: '',
    pending: 0,
    spans: 1,
    failed: 1,
  };
  const { error } = await take({
    step: 'report',
    redrives: 0,
    progress: { ...progress, maxConcurrency: 1, redrives: 0 },
  });

  expect(error).toMatchObject({
    name: 'ConvlakeError:lake-unavailable',
    message: expect.stringContaining(`cannot read s3://${s3.bucket}/backfills/none/1/rest.json (404 NoSuchKey)`),
  });
});
