import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { runReportKey } from '../../../contract/layout.ts';
import { encodeCheckpoint } from '../../../functions/engine/checkpoint/codec.ts';
import { startFakeAwsJson } from '../../support/aws/fake-aws-json.ts';
import { type FakeS3, startFakeS3 } from '../../support/aws/fake-s3.ts';
import { type Desk, now, openDesk } from './cli-fixture.ts';

const STREAM = 'elevenlabs.conversations';

describe('status', () => {
  test('says how often an object that is cut short has failed the stream, and what to do; its check fails', async () => {
    const desk = await openDesk([STREAM, 'crescendo.vocconv']);
    await desk.run(['export', '--now', now]);
    const good = await desk.run(['status', '--check', '--now', now]);
    await cutShort(desk, '2026-03-09');
    for (const _ of [1, 2, 3]) await desk.run(['export', '--stream', STREAM, '--now', now]);

    const table = await desk.run(['status', '--now', now]);
    const check = await desk.run(['status', '--check', '--json', '--now', now]);
    const other = await desk.run(['status', '--check', '--stream', 'crescendo.vocconv', '--now', now]);

    expect(good).toMatchObject({ status: 0, stderr: '' });
    expect(table.stdout).toContain('failing x3 object-corrupt');
    expect(table.stdout).toContain(`npx convlake backfill --stream ${STREAM}`);
    expect(table.status).toBe(0);
    expect(check.status).toBe(1);
    expect(check.lines).toMatchObject([
      {
        health: 'failing',
        failures: 3,
        error: { code: 'object-corrupt', message: expect.stringContaining('2026-03-09.ndjson.gz') },
        lastRun: { outcome: 'failed' },
        lateAfterSeconds: 3 * 3600 + 1800,
      },
      { health: 'ok', failures: 0, error: null, toFix: null, lastRun: { outcome: 'caught up' } },
    ]);
    expect(other).toMatchObject({ status: 0, stderr: '' });
    for (const { stdout, stderr } of [table, check]) expect(stdout + stderr).not.toMatch(/^\s+at /m);
  });

  test('forgets the failures with the first run that does not fail', async () => {
    const desk = await openDesk([STREAM]);
    await desk.run(['export', '--now', now], {});
    const failing = await desk.run(['status', '--json', '--now', now]);
    await desk.run(['export', '--now', now]);

    const { lines } = await desk.run(['status', '--json', '--now', now]);

    expect(failing.lines).toMatchObject([{ health: 'failing', failures: 1, error: { code: 'credential-missing' } }]);
    expect(lines).toMatchObject([{ health: 'ok', failures: 0, error: null, openRows: expect.any(Number) }]);
  });

  test('tells late, never ran and paused apart, of which paused alone passes the check', async () => {
    const desk = await openDesk([STREAM]);
    const status = (instant: string) => desk.run(['status', '--json', '--check', '--now', instant]);
    const before = await status(now);
    expect(await readdir(desk.folder)).toEqual(['convlake.config.json']);
    await desk.run(['export', '--now', now]);
    const fresh = await status('2026-03-10T15:30:00Z');
    const late = await status('2026-03-10T15:30:01Z');
    await configure(desk, { enabled: false });
    const paused = await status('2026-03-20T15:30:01Z');

    const healths = [before, fresh, late, paused].map(({ status: exit, lines: [line] }) => [line?.['health'], exit]);
    expect(healths).toEqual([
      ['never ran', 1],
      ['ok', 0],
      ['late', 1],
      ['paused', 0],
    ]);
  });

  test('gives a checkpoint that cannot be read a line like all others, and exits 1', async () => {
    const desk = await openDesk([STREAM, 'crescendo.vocconv']);
    await desk.run(['export', '--now', now]);
    const { tenant } = desk.simulator;
    await writeFile(join(desk.lake, `.checkpoints/elevenlabs/conversations/${tenant}.json`), '{');

    const unknown = await desk.run(['status', '--json', '--now', now]);
    await desk.run(['export', '--now', now]);
    const failing = await desk.run(['status', '--json', '--now', now]);

    expect(unknown).toMatchObject({ status: 1, stderr: expect.stringContaining('put back an earlier version') });
    expect(unknown.lines).toMatchObject([{ health: 'unknown' }, { health: 'ok' }]);
    expect(failing.lines).toMatchObject([
      { health: 'failing', failures: 1, error: { code: 'checkpoint-unreadable' } },
      { health: 'ok' },
    ]);
  });

  test.each([
    [['--watch'], '--watch: redraws the screen of a terminal, and this is not one'],
    [['--watch', '--json'], '--watch: redraws a table for people'],
    [['--watch', '--check'], '--watch: redraws a table for people'],
  ])('fails with status 2 for %j', async (options, message) => {
    const desk = await openDesk([STREAM]);

    const { status, stderr, stdout } = await desk.run(['status', ...options]);

    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('of a hundred tenants in S3 takes twenty calls of SSM, and one listing and one reading each', async () => {
    const desk = await openDesk(['crescendo.vocconv']);
    const s3 = await startFakeS3();
    const { endpoint, parameters, seen } = await startFakeAwsJson();
    const lake = `s3://${s3.bucket}`;
    const tenants = Array.from({ length: 100 }, (_, at) => `tenant-${at}`);
    await configure(desk, ...tenants.map((tenant) => ({ tenant })));
    for (const tenant of tenants) {
      const value = checkpointOf(tenant, lake);
      parameters.set(`/convlake/test/crescendo/vocconv/${tenant}`, { value, type: 'String', version: 1 });
      const failed = { outcome: 'failed', errorCode: 'lake-unavailable', error: 'no bucket: make one' };
      await leaveReport(s3, tenant, tenant === 'tenant-7' ? failed : { outcome: 'caught up' });
    }
    const before = s3.seen.length;

    const environment = {
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_ENDPOINT_URL_SSM: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    };
    const { lines, stderr } = await desk.run(['status', '--json', '--lake', lake], environment);

    expect(stderr).toBe('');
    expect(lines).toHaveLength(100);
    expect(lines.filter(({ health }) => health === 'ok')).toHaveLength(99);
    expect(lines.filter(({ health }) => health === 'failing')).toMatchObject([{ tenant: 'tenant-7', failures: 1 }]);
    expect(seen.map(({ operation }) => operation)).toEqual(Array(20).fill('GetParameters'));
    const asked = s3.seen.slice(before).map(({ operation }) => operation);
    expect(asked.filter((operation) => operation === 'ListObjectsV2')).toHaveLength(101); // of the one that fails, two days
    expect(asked.filter((operation) => operation === 'GetObject')).toHaveLength(100);
    expect(asked).toHaveLength(201);
  });

  test('says which reports could not be read, and exits 1', async () => {
    const desk = await openDesk(['crescendo.vocconv', STREAM]);
    await desk.run(['export', '--now', now]);
    await rm(join(desk.lake, 'convlake_runs'), { recursive: true });
    await writeFile(join(desk.lake, 'convlake_runs'), 'not a folder');

    const { status, stderr, lines } = await desk.run(['status', '--json', '--now', now]);

    expect(status).toBe(1);
    expect(stderr).toContain('the run reports of crescendo.vocconv of');
    expect(stderr).toContain('ENOTDIR');
    expect(lines).toMatchObject([{ health: 'ok', lastRun: null }, { health: 'ok' }]);
  });
});

async function cutShort({ lake }: Desk, date: string): Promise<void> {
  const table = join(lake, 'elevenlabs_conversations');
  const files = await readdir(table, { recursive: true });
  const object = join(table, files.find((file) => file.endsWith(`${date}.ndjson.gz`)) ?? '');
  await writeFile(object, (await readFile(object)).subarray(0, 100));
}

/** Writes the configuration anew, once the streams of the desk for each of the settings. */
async function configure({ folder }: Desk, ...settings: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  const path = join(folder, 'convlake.config.json');
  const { streams, ...others } = JSON.parse(await readFile(path, 'utf8'));
  const changed = settings.flatMap((some) => streams.map((stream: object) => ({ ...stream, ...some })));
  await writeFile(path, JSON.stringify({ ...others, streams: changed }));
}

/** The checkpoint of a stream that is as fresh as can be. */
function checkpointOf(tenant: string, lake: string): string {
  const at = Math.floor(Date.now() / 1000) * 1000;
  const checkpoint = { epoch: 0, watermark: at, rereadFrom: at, start: 0, lake, updatedAt: at, run: 'r' };
  return encodeCheckpoint(checkpoint, { stream: 'crescendo.vocconv', tenant });
}

async function leaveReport(
  { client, bucket }: FakeS3,
  tenant: string,
  outcome: Readonly<Record<string, unknown>>,
): Promise<void> {
  const startedAt = new Date().toISOString();
  const run = { source: 'crescendo', stream: 'crescendo.vocconv', tenant, runId: 'r' } as const;
  const report = { runId: 'r', purpose: 'live', startedAt, ...outcome };
  const Key = runReportKey({ ...run, date: startedAt.slice(0, 10) });
  await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: JSON.stringify(report) }));
}
