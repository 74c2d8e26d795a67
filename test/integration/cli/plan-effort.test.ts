import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startFakeAwsJson } from '../../support/aws/fake-aws-json.ts';
import { startFakeS3 } from '../../support/aws/fake-s3.ts';
import { LOCAL_AWS } from '../../support/aws/local-aws.ts';
import { now, openDesk } from './cli-fixture.ts';

const later = '2026-03-10T18:00:00Z';

test('plan tells what the next run takes, going by the report of the last one', async () => {
  const { run, lake } = await openDesk(['salesloft.conversations', 'crescendo.vocconv']);
  const before = await run(['plan', '--json', '--now', now]);
  const table = await run(['plan', '--now', now]);
  await run(['export', '--now', now]);
  const files = await readdir(lake, { recursive: true });

  const after = await run(['plan', '--json', '--now', later]);
  const told = await run(['plan', '--now', later]);

  expect(before.lines).toMatchObject([{ effort: null }, { effort: null }]);
  expect(table.stdout.match(/no report yet/g)).toHaveLength(2);
  const effort = {
    requests: expect.toSatisfy((count: number) => count > 0),
    minutes: expect.toSatisfy((count: number) => count > 0 && count < 5),
    asIn: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  };
  expect(after.lines).toMatchObject([
    { effort: { ...effort, points: expect.toSatisfy((points: number) => points > 0) } },
    { effort: { ...effort, points: null } },
  ]);
  expect(told.stdout).toMatch(/about \d+/);
  expect(await readdir(lake, { recursive: true })).toEqual(files);
});

test('plan says so where the report is gone', async () => {
  const { run, lake } = await openDesk(['salesloft.conversations']);
  await run(['export', '--now', now]);
  await rm(join(lake, 'convlake_runs'), { recursive: true });

  const { status, lines, stderr } = await run(['plan', '--json', '--now', later]);

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(lines).toMatchObject([{ effort: null, watermark: '2026-03-10T12:00:00.000Z' }]);
});

test('plan reads the report in S3', async () => {
  const { run, simulator } = await openDesk(['crescendo.vocconv']);
  const s3 = await startFakeS3();
  const { endpoint } = await startFakeAwsJson();
  const environment = {
    VENDOR_KEY: simulator.apiKey,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_SSM: endpoint,
    ...LOCAL_AWS,
  };
  const lake = ['--lake', `s3://${s3.bucket}/some/prefix`, '--json'];
  await run(['export', ...lake, '--now', now], environment);

  const { lines } = await run(['plan', ...lake, '--now', later], environment);

  expect(lines).toMatchObject([{ effort: { requests: expect.toSatisfy((count: number) => count > 0) } }]);
});
