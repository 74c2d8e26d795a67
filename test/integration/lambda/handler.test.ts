import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExportRequest } from '../../../contract/events.ts';
import { type StreamName, streams } from '../../../contract/streams.ts';
import { type FakeAwsJson, startFakeAwsJson } from '../../support/aws/fake-aws-json.ts';
import { type FakeS3, startFakeS3 } from '../../support/aws/fake-s3.ts';
import type { InvocationEnd } from '../../support/aws/invoke-handler.ts';
import { HOUR_MS } from '../../support/durations.ts';
import * as fixture from './handler-fixture.ts';

let deployed: fixture.Deployed;

beforeAll(async () => {
  deployed = await fixture.deploy();
});
afterAll(() => deployed.close());

interface Account extends fixture.Account {
  readonly s3: FakeS3;
  readonly store: FakeAwsJson;
}

async function openAccount(): Promise<Account> {
  const [s3, store] = [await startFakeS3(), await startFakeAwsJson()];
  store.secrets.set(fixture.secretName, deployed.simulator.apiKey);
  return { s3, store, ...(await fixture.openAccount(s3.bucket, { all: store.endpoint, s3: s3.endpoint })) };
}

const invoke = (account: Account, request: Partial<ExportRequest>, how?: Parameters<typeof fixture.invoke>[3]) =>
  fixture.invoke(deployed, account, request, how);
const linesIn = ({ s3 }: Account, stream: StreamName) =>
  fixture.tableLines(
    [...s3.objects].map(([key, { bytes }]) => [key, bytes] as const),
    stream,
  );
const fileLakeLines = (stream: StreamName) => fixture.fileLakeLines(deployed, stream);
const tables = (s3: FakeS3) => [...s3.objects].filter(([key]) => !key.includes('/convlake_runs/'));
const versions = (s3: FakeS3) => tables(s3).map(([key, { versionId }]) => `${key} ${versionId}`);
const logged = ({ lines }: InvocationEnd, event: string) => lines.filter((line) => line['event'] === event);
const readsOfSecret = ({ store }: Account) =>
  store.seen.filter(({ operation }) => operation === 'GetSecretValue').length;
const checkpointName = (stream: StreamName) =>
  `/convlake/test/${stream.replace('.', '/')}/${deployed.simulator.tenant}`;

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
    const others = await fixture.goOnUntilQuiet(deployed, account, stream);

    expect(none.returned).toBeUndefined();
    expect(first).toMatchObject({ returned: { outcome: 'out of time', continued: true } });
    expect(others.at(-1)).toMatchObject({ returned: { outcome: 'caught up', continued: false } });
    expect(linesIn(account, stream)).toEqual(await fileLakeLines(stream));
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
    expect(metrics).toMatchObject({ Stage: 'test', Stream: stream, Tenant: deployed.simulator.tenant, RunsFailed: 0 });
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
    expect(said).not.toContain(deployed.simulator.apiKey);
  });

  test('beside itself at the same moment changes nothing, and a third time writes nothing', async () => {
    const account = await openAccount();
    const both = await Promise.all([invoke(account, { stream }).ended, invoke(account, { stream }).ended]);
    const written = versions(account.s3);

    const third = await invoke(account, { stream }).ended;

    expect(both.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(third.returned).toMatchObject({ outcome: 'caught up' });
    expect(versions(account.s3)).toEqual(written);
    expect(linesIn(account, stream)).toEqual(await fileLakeLines(stream));
  });

  test('is skipped while another holds the claim, and asks the vendor nothing', async () => {
    const account = await openAccount();
    await invoke(account, { stream }, { looksAtClock: 15 }).ended;
    const claim = { run: 'somebody', until: new Date(Date.now() + HOUR_MS).toISOString() };
    const checkpoint = { ...checkpointOf(account, stream), claim };
    setCheckpoint(account, stream, checkpoint);

    const end = await invoke(account, { stream }).ended;

    expect(end.returned).toMatchObject({ outcome: 'skipped', continued: false });
    expect(logged(end, 'run-ended')).toMatchObject([{ outcome: 'skipped', requests: 0 }]);
    expect(checkpointOf(account, stream)).toEqual(checkpoint);
  });

  test('takes no commit for a conflict whose returned was lost', async () => {
    const account = await openAccount();
    account.s3.fault = ({ operation, key, times }) =>
      operation === 'PutObject' && times === 3 && !key.includes('convlake_runs')
        ? { fault: 'response lost' }
        : undefined;

    const end = await invoke(account, { stream }).ended;

    expect(end.returned).toMatchObject({ outcome: 'caught up' });
    expect(logged(end, 'windows-added')).toEqual([]);
    expect(linesIn(account, stream)).toEqual(await fileLakeLines(stream));
  });

  test('fails the invocation of a failed run, after it has told of it, and names what to mend', async () => {
    const account = await openAccount();
    account.store.secrets.delete(fixture.secretName);

    const end = await invoke(account, { stream }).ended;

    expect(end.returned).toBeUndefined();
    expect(end.error?.name).toBe('ConvlakeError:credential-missing');
    expect(end.error?.message).toContain(fixture.secretName);
    expect(logged(end, 'run-ended')).toMatchObject([{ level: 'ERROR', outcome: 'failed' }]);
    expect(end.lines.filter((line) => '_aws' in line)).toMatchObject([
      { RunsFailed: 1 },
      { Source: stream.split('.')[0], InvocationsFailed: 1 },
    ]);
    expect(account.lambda.events).toMatchObject([{ outcome: 'failed', objects: [] }]);
    expect(account.lambda.invoked).toEqual([]);
  });

  test('reads a key again that the vendor refuses, for it may have been rotated', async () => {
    const account = await openAccount();
    account.store.fault = (operation) => {
      if (operation !== 'GetSecretValue' || readsOfSecret(account) > 1) return undefined;
      return { fields: { SecretString: 'the key of yesterday' } };
    };

    const end = await invoke(account, { stream }).ended;

    expect(end.returned).toMatchObject({ outcome: 'caught up' });
    expect(readsOfSecret(account)).toBe(2);
    expect(linesIn(account, stream)).toEqual(await fileLakeLines(stream));
  });

  test('fails for a key that is refused also when it was read again', async () => {
    const account = await openAccount();
    account.store.secrets.set(fixture.secretName, 'the key of yesterday');

    const end = await invoke(account, { stream }).ended;

    expect(end.error?.name).toBe('ConvlakeError:credential-refused');
    expect(readsOfSecret(account)).toBe(2);
    expect(JSON.stringify(end)).not.toContain('yesterday');
  });

  test('refuses an event that it does not understand', async () => {
    const account = await openAccount();

    const end = await invoke(account, { stream, tenant: 'nobody' }).ended;

    expect(end.error?.message).toBe('the event is not understood: tenant is not configured');
  });

  test('reads a past span until nothing of it is left, beside the live checkpoint', async () => {
    const account = await openAccount();
    const from = new Date(deployed.simulator.since).toISOString();
    let left: Record<string, unknown> = {
      from,
      to: '2026-05-15T00:00:00.000Z',
      tenant: deployed.simulator.tenant,
      stream,
    };
    let invocations = 0;
    for (; left['done'] !== true; invocations++) {
      const { done: _, ...span } = left;
      const end = await invoke(account, span, { looksAtClock: 12 }).ended;
      left = end.returned ?? {};
    }

    const inSpan = (await fileLakeLines(stream)).filter((line) => line < '2026-05-15');
    expect(invocations).toBeGreaterThan(1);
    expect(linesIn(account, stream)).toEqual(inSpan);
    expect(account.store.parameters.size).toBe(0);
    expect(account.lambda.invoked).toEqual([]);
  });
});
