import { expect, test } from 'vitest';
import { startFakeAwsJson } from '../../support/aws/fake-aws-json.ts';
import { startFakeS3 } from '../../support/aws/fake-s3.ts';
import { LOCAL_AWS } from '../../support/aws/local-aws.ts';
import { now, openDesk } from './cli-fixture.ts';

test('status tells how far a stream has got, and rewind has the next run begin earlier, once', async () => {
  const { run } = await openDesk(['salesloft.conversations']);
  await run(['export', '--json', '--now', now]);

  const before = await run(['status', '--json', '--now', now]);
  const rewound = await run(['rewind', '--to', '2026-03-08', '--yes']);
  const ordered = await run(['status', '--json', '--now', now]);
  const plan = await run(['plan', '--json', '--now', now]);
  const again = await run(['export', '--json', '--now', now]);
  const after = await run(['status', '--json', '--now', now]);

  expect(before.lines).toMatchObject([{ watermark: '2026-03-10T12:00:00.000Z', freshnessSeconds: 0, rewind: null }]);
  expect(rewound.status).toBe(0);
  expect(ordered.lines).toMatchObject([{ rewind: { epoch: 1, watermark: '2026-03-08T00:00:00.000Z' } }]);
  expect(plan.lines).toMatchObject([{ watermark: '2026-03-08T00:00:00.000Z' }]);
  const kept = { watermark: '2026-03-10T12:00:00.000Z' };
  const rows = { read: expect.toSatisfy((count: number) => count > 100), new: 0, changed: 0 };
  expect(again.lines).toMatchObject([{ outcome: 'caught up', rows, ...kept }]);
  expect(after.lines).toMatchObject([{ ...kept, rewind: null }]);
});

test('rewind fails for an instant that no run has come to yet', async () => {
  const { run } = await openDesk(['salesloft.conversations']);
  await run(['export', '--json', '--now', '2026-03-08']);

  const { status, stderr } = await run(['rewind', '--to', '2026-03-09', '--yes']);
  const { lines } = await run(['status', '--json']);

  expect(status).toBe(1);
  expect(stderr).toContain('--to lies after the watermark, 2026-03-08 00:00:00Z');
  expect(lines).toMatchObject([{ rewind: null }]);
});

test.each([
  [['rewind', '--to', '2026-03-08'], '--yes'],
  [['rewind', '--yes'], '--to'],
  [['rewind', '--yes', '--to', 'soon'], '--to'],
  [['rewind', '--yes', '--to', '2999-01-01'], '--to'],
  [['rewind', '--yes', '--to', '2026-03-01'], '--to'], // before start
  [['rewind', '--all', '--to', '2026-03-08'], '--yes'],
  [['rewind', '--force', '--to', '2026-03-08'], '--yes'],
])('fails with status 2 and writes nothing: %j', async (args, named) => {
  const { run } = await openDesk(['salesloft.conversations']);

  const { status, stderr } = await run(args);
  const { lines } = await run(['status', '--json']);

  expect(status).toBe(2);
  expect(stderr).toContain(`${named}: `);
  expect(lines).toMatchObject([{ watermark: null, rewind: null }]);
});

test('rewind goes before the start of the configuration when that is meant', async () => {
  const { run } = await openDesk(['salesloft.conversations']);
  await run(['export', '--json', '--now', now]);

  const slipped = await run(['rewind', '--to', '2025-03-08', '--yes']);
  const meant = await run(['rewind', '--to', '2025-03-08', '--yes', '--force']);
  const { lines } = await run(['status', '--json', '--now', now]);

  expect(slipped).toMatchObject({ status: 2, stdout: '' });
  expect(slipped.stderr).toMatch(
    /^--to: lies before the start of salesloft\.conversations of .*, 2026-03-05 00:00:00Z; .* --force/,
  );
  expect(meant.status).toBe(0);
  expect(lines).toMatchObject([{ rewind: { watermark: '2025-03-08T00:00:00.000Z' } }]);
});

test('rewind sets several streams back when they are meant, and else none', async () => {
  const { run } = await openDesk(['salesloft.conversations', 'crescendo.vocconv']);
  const slipped = await run(['rewind', '--to', '2026-03-08', '--yes']);
  const before = await run(['status', '--json', '--now', now]);
  const one = await run(['rewind', '--to', '2026-03-08', '--yes', '--stream', 'crescendo.vocconv']);
  const meant = await run(['rewind', '--to', '2026-03-09', '--yes', '--all']);
  const after = await run(['status', '--json', '--now', now]);

  expect(slipped).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^--all: is missing; 2 streams/),
  });
  expect(before.lines).toMatchObject([{ rewind: null }, { rewind: null }]);
  expect([one.status, meant.status]).toEqual([0, 0]);
  expect(after.lines).toMatchObject([{ rewind: { epoch: 1 } }, { rewind: { epoch: 2 } }]);
});

test('exports into S3 with checkpoints in SSM and the credential in Secrets Manager', async () => {
  const { run, simulator } = await openDesk(['crescendo.vocconv'], { settings: { credential: 'secret:vendor/key' } });
  const s3 = await startFakeS3();
  const { endpoint, secrets } = await startFakeAwsJson();
  secrets.set('vendor/key', simulator.apiKey);
  const environment = {
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_SSM: endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
    ...LOCAL_AWS,
  };
  const lake = ['--lake', `s3://${s3.bucket}/some/prefix`, '--now', now, '--json'];

  const first = await run(['export', ...lake], environment);
  const status = await run(['status', ...lake], environment);
  const second = await run(['export', ...lake], environment);

  expect(first.stderr).not.toContain(simulator.apiKey);
  expect(first.lines).toMatchObject([{ outcome: 'caught up' }]);
  expect(status.lines).toMatchObject([{ watermark: '2026-03-10T12:00:00.000Z' }]);
  expect(second.lines).toMatchObject([{ outcome: 'caught up', objects: [] }]);
});
