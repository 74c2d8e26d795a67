import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parseConfiguration, type StreamConfiguration } from '../../contract/configuration.ts';
import { configurationIdentifier, Env } from '../../contract/environment.ts';
import type { ExportRequest } from '../../contract/events.ts';
import { parseObjectKey } from '../../contract/layout.ts';
import { type StreamName, streamDefinition, streams } from '../../contract/streams.ts';
import { bundleHandler } from '../../infra/bundle-handler.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type FakeAwsJson, startFakeAwsJson } from '../support/fake-aws-json.ts';
import { type FakeInvocations, startFakeInvocations } from '../support/fake-invocations.ts';
import { type FakeS3, startFakeS3 } from '../support/fake-s3.ts';
import { testFolder } from '../support/file-lake.ts';
import { type InvocationEnd, startInvocation } from '../support/invoke-handler.ts';
import { type LakeLine, lakeLines, liveRun } from '../support/live-export.ts';

const NOW_MS = Date.parse('2026-05-20T10:30:00Z');
const HOUR_MS = 3_600_000;
const SECRET = 'convlake/test/vendors';
const ENTRY = join(import.meta.dirname, '../../functions/export.handler.ts');
const plenty = 1_000_000;

let simulator: Simulator;
let folder: string;
let artefact: string;
let configured: readonly StreamConfiguration[];

beforeAll(async () => {
  simulator = await startSimulator({ rows: 900, days: 9, now: () => NOW_MS });
  folder = await mkdtemp(join(tmpdir(), 'convlake-handler-'));
  configured = configure(simulator);
  bundleHandler({ entry: ENTRY, texts: { [configurationIdentifier]: JSON.stringify(configured) } }, folder);
  artefact = join(folder, 'index.mjs');
});

afterAll(async () => {
  await simulator.close();
  await rm(folder, { recursive: true });
});

function configure({ tenant, since, baseUrl }: Simulator): readonly StreamConfiguration[] {
  const start = new Date(since).toISOString();
  const of = (stream: StreamName) => ({
    stream,
    tenant,
    credential: `secret:${SECRET}`,
    baseUrl: baseUrl(stream),
    start,
    pageSize: 25,
  });
  const parsed = parseConfiguration({ stage: 'test', lake: './lake', streams: [...streams.keys()].map(of) });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.configuration.streams;
}

/** An AWS account with a deployed export function in it. */
interface Account {
  readonly s3: FakeS3;
  readonly store: FakeAwsJson;
  readonly lambda: FakeInvocations;
  readonly environment: Readonly<Record<string, string>>;
}

async function openAccount(): Promise<Account> {
  const [s3, store, lambda] = [await startFakeS3(), await startFakeAwsJson(), await startFakeInvocations()];
  store.secrets.set(SECRET, simulator.apiKey);
  const environment = {
    PATH: process.env['PATH'] ?? '',
    TMPDIR: await testFolder(),
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: store.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: lambda.endpoint,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    [Env.stage]: 'test',
    [Env.lakeBucket]: s3.bucket,
    [Env.lakePrefix]: 'lake',
    [Env.eventBus]: 'default',
    [Env.gzipLevel]: '1',
  };
  return { s3, store, lambda, environment };
}

let ids = 0;

function invoke(
  { environment }: Account,
  request: Partial<ExportRequest>,
  { requestId = `request-${++ids}`, looksAtClock = plenty } = {},
) {
  const event = { now: new Date(NOW_MS).toISOString(), ...request };
  return startInvocation({ artefact, event, requestId, looksAtClock }, environment);
}

/** Plays Lambda: starts what was invoked until nothing more is. */
async function goOnUntilQuiet(account: Account, looksAtClock: number): Promise<readonly InvocationEnd[]> {
  const ends: InvocationEnd[] = [];
  for (let next = account.lambda.invoked.shift(); next; next = account.lambda.invoked.shift()) {
    ends.push(await invoke(account, next.request, { looksAtClock }).ended);
  }
  return ends;
}

/** The lines of a table in the bucket, with their partitions. */
function bucketLines({ s3 }: Account, stream: StreamName): string[] {
  const { table } = streamDefinition(stream);
  return [...s3.objects]
    .flatMap(([key, { bytes }]) => {
      const place = parseObjectKey(key.replace(/^lake\//, ''));
      if (place?.table !== table) return [];
      return gunzipSync(bytes)
        .toString('utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => `${place.dt} ${line}`);
    })
    .sort();
}

/** What the file lake gets from the same vendor at the same time. */
async function fileLakeLines(stream: StreamName): Promise<string[]> {
  const lake = await testFolder();
  await liveRun({ simulator, stream, lake, now: NOW_MS });
  const lines: readonly LakeLine[] = await lakeLines(lake, streamDefinition(stream).table);
  return lines.map(({ dt, line }) => `${dt} ${line}`).sort();
}

const tables = (s3: FakeS3) => [...s3.objects].filter(([key]) => !key.includes('/convlake_runs/'));
const versions = (s3: FakeS3) => tables(s3).map(([key, { versionId }]) => `${key} ${versionId}`);
const logged = ({ lines }: InvocationEnd, event: string) => lines.filter((line) => line['event'] === event);
const checkpointName = (stream: StreamName) => `/convlake/test/${stream.replace('.', '/')}/${simulator.tenant}`;

function checkpointOf({ store }: Account, stream: StreamName): Record<string, unknown> {
  return JSON.parse(store.parameters.get(checkpointName(stream))?.value ?? '');
}

function setCheckpoint({ store }: Account, stream: StreamName, checkpoint: object): void {
  store.parameters.set(checkpointName(stream), { value: JSON.stringify(checkpoint), type: 'String', version: 7 });
}

describe.each([...streams.keys()])('the deployed handler, %s', (stream) => {
  test('killed and out of time again and again, ends with the lake that files get', async () => {
    const account = await openAccount();
    const { s3, lambda } = account;
    const killed = invoke(account, { stream }, { requestId: 'killed' });
    s3.fault = ({ operation, key, times }) => {
      if (operation === 'PutObject' && times === 2 && !key.includes('convlake_runs')) killed.kill();
      return undefined;
    };
    const none = await killed.ended;
    s3.fault = () => undefined;
    // Lambda tries again under the same id.
    const first = await invoke(account, { stream }, { requestId: 'killed', looksAtClock: 15 }).ended;
    const others = await goOnUntilQuiet(account, 30);

    expect(none.answer).toBeUndefined();
    expect(first).toMatchObject({ answer: { outcome: 'out of time', continued: true } });
    expect(others.at(-1)).toMatchObject({ answer: { outcome: 'caught up', continued: false } });
    expect(bucketLines(account, stream)).toEqual(await fileLakeLines(stream));
    expect(checkpointOf(account, stream)).not.toHaveProperty('claim');
    expect(lambda.events.at(-1)).toMatchObject({ outcome: 'caught up', bucket: s3.bucket, part: 1, parts: 1 });
  });
});

describe('the deployed handler', () => {
  const stream = 'crescendo.vocconv';

  test('tells of a run in the log, in metrics, in a report and in an event with the objects it changed', async () => {
    const account = await openAccount();

    const end = await invoke(account, { stream }).ended;

    const [summary] = logged(end, 'run-ended');
    expect(summary).toMatchObject({ level: 'INFO', stage: 'test', stream, outcome: 'caught up', rows: { changed: 0 } });
    expect(logged(end, 'window-read').length).toBeGreaterThan(8);
    const metrics = end.lines.find((line) => '_aws' in line);
    expect(metrics).toMatchObject({ Stage: 'test', Stream: stream, Tenant: simulator.tenant, RunsFailed: 0 });
    const [reportKey] = [...account.s3.objects.keys()].filter((key) => key.includes('/convlake_runs/'));
    const report: unknown = JSON.parse(account.s3.objects.get(reportKey ?? '')?.bytes.toString() ?? '');
    expect(report).toMatchObject({
      stream,
      runId: summary?.['runId'],
      outcome: 'caught up',
      requests: expect.any(Number),
    });
    const [event] = account.lambda.events;
    expect(event?.objects.map(({ key, etag, versionId }) => `${key} ${etag} ${versionId}`).sort()).toEqual(
      tables(account.s3)
        .map(([key, { etag, versionId }]) => `${key} ${etag} ${versionId}`)
        .sort(),
    );
    const said = JSON.stringify(end.lines);
    expect(said).not.toContain(simulator.apiKey);
  });

  test('beside itself at the same moment changes nothing, and a third time writes nothing', async () => {
    const account = await openAccount();
    const both = await Promise.all([invoke(account, { stream }).ended, invoke(account, { stream }).ended]);
    const written = versions(account.s3);

    const third = await invoke(account, { stream }).ended;

    expect(both.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(third.answer).toMatchObject({ outcome: 'caught up' });
    expect(versions(account.s3)).toEqual(written);
    expect(bucketLines(account, stream)).toEqual(await fileLakeLines(stream));
  });

  test('is skipped while another holds the claim, and asks the vendor nothing', async () => {
    const account = await openAccount();
    await invoke(account, { stream }, { looksAtClock: 15 }).ended;
    const claim = { run: 'somebody', until: new Date(Date.now() + HOUR_MS).toISOString() };
    const checkpoint = { ...checkpointOf(account, stream), claim };
    setCheckpoint(account, stream, checkpoint);

    const end = await invoke(account, { stream }).ended;

    expect(end.answer).toMatchObject({ outcome: 'skipped', continued: false });
    expect(logged(end, 'run-ended')).toMatchObject([{ outcome: 'skipped', requests: 0 }]);
    expect(checkpointOf(account, stream)).toEqual(checkpoint);
  });

  test('takes no commit for a conflict whose answer was lost', async () => {
    const account = await openAccount();
    account.s3.fault = ({ operation, key, times }) =>
      operation === 'PutObject' && times === 3 && !key.includes('convlake_runs') ? { fault: 'answer lost' } : undefined;

    const end = await invoke(account, { stream }).ended;

    expect(end.answer).toMatchObject({ outcome: 'caught up' });
    expect(logged(end, 'windows-added')).toEqual([]);
    expect(bucketLines(account, stream)).toEqual(await fileLakeLines(stream));
  });

  test('fails the invocation of a failed run, after it has told of it, and names what to mend', async () => {
    const account = await openAccount();
    account.store.secrets.delete(SECRET);

    const end = await invoke(account, { stream }).ended;

    expect(end.answer).toBeUndefined();
    expect(end.error?.name).toBe('ConvlakeError:credential-missing');
    expect(end.error?.message).toContain(SECRET);
    expect(logged(end, 'run-ended')).toMatchObject([{ level: 'ERROR', outcome: 'failed' }]);
    expect(end.lines.find((line) => '_aws' in line)).toMatchObject({ RunsFailed: 1 });
    expect(account.lambda.events).toMatchObject([{ outcome: 'failed', objects: [] }]);
    expect(account.lambda.invoked).toEqual([]);
  });

  test('refuses an event that it does not understand', async () => {
    const account = await openAccount();

    const end = await invoke(account, { stream, tenant: 'nobody' }).ended;

    expect(end.error?.message).toBe('the event is not understood: tenant is not configured');
  });

  test('reads a past span until nothing of it is left, beside the live checkpoint', async () => {
    const account = await openAccount();
    const from = new Date(simulator.since).toISOString();
    let left: Record<string, unknown> = { from, to: '2026-05-15T00:00:00.000Z', tenant: simulator.tenant, stream };
    let invocations = 0;
    for (; left['done'] !== true; invocations++) {
      const { done: _, ...span } = left;
      const end = await invoke(account, span, { looksAtClock: 12 }).ended;
      left = end.answer ?? {};
    }

    const inSpan = (await fileLakeLines(stream)).filter((line) => line < '2026-05-15');
    expect(invocations).toBeGreaterThan(1);
    expect(bucketLines(account, stream)).toEqual(inSpan);
    expect(account.store.parameters.size).toBe(0);
    expect(account.lambda.invoked).toEqual([]);
  });
});

test.todo('moto');
void onTestFinished;
