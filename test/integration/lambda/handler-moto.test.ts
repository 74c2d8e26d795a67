import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ExportRequest } from '../../../contract/events.ts';
import { type StreamName, streams } from '../../../contract/streams.ts';
import type { InvocationEnd } from '../../support/aws/invoke-handler.ts';
import { localClient, localSettings } from '../../support/aws/local-aws.ts';
import { hasMoto, type Moto, startMoto } from '../../support/aws/moto.ts';
import { oneAtATime, openPassThrough, type Passing, type PassThrough } from '../../support/aws/pass-through.ts';
import * as fixture from './handler-fixture.ts';

if (!hasMoto) console.info('moto_server is not installed: the handler is not tried on moto');

let deployed: fixture.Deployed;
let moto: Moto | undefined;

beforeAll(async () => {
  deployed = await fixture.deploy();
  moto = hasMoto ? await startMoto() : undefined;
});
afterAll(async () => {
  await moto?.stop();
  await deployed.close();
});

interface Account extends fixture.Account {
  readonly client: S3Client;
  readonly bucket: string;
  /** What the handler's requests pass; this process's own do not. */
  readonly way: PassThrough;
}

/** An empty account on moto, whose bucket keeps versions. */
async function openAccount({ endpoint, reset }: Moto): Promise<Account> {
  await reset();
  const client = localClient(endpoint);
  const secrets = new SecretsManagerClient(localSettings(endpoint));
  onTestFinished(() => {
    client.destroy();
    secrets.destroy();
  });
  const bucket = `lake-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const versioned = { Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } } as const;
  await client.send(new PutBucketVersioningCommand(versioned));
  await secrets.send(new CreateSecretCommand({ Name: fixture.secretName, SecretString: deployed.simulator.apiKey }));
  const way = await openPassThrough(endpoint);
  return { client, bucket, way, ...(await fixture.openAccount(bucket, { all: way.endpoint, s3: way.endpoint })) };
}

const invoke = (account: Account, request: Partial<ExportRequest>, how?: Parameters<typeof fixture.invoke>[3]) =>
  fixture.invoke(deployed, account, request, how);
const isCommit = ({ method, path }: Passing) => method === 'PUT' && !path.includes('convlake_runs');
const isReadOfParameter = ({ headers }: Passing) => headers['x-amz-target'] === 'AmazonSSM.GetParameters';
const requestsOf = ({ lines }: InvocationEnd) => lines.find((line) => line['event'] === 'run-ended')?.['requests'];

/** Holds all who come until `size` of different names are there. */
function gathering(size: number): (name: string) => Promise<void> {
  const names = new Set<string>();
  const { promise, resolve } = Promise.withResolvers<void>();
  return (name) => {
    if (names.add(name).size >= size) resolve();
    return promise;
  };
}

/** Every version of every object of the tables: `key version`. */
async function versions({ client, bucket }: Account): Promise<readonly string[]> {
  const { Versions = [], IsTruncated } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  if (IsTruncated) throw new Error('there are more versions than one returned tells');
  const keys = Versions.map(({ Key = '', VersionId }) => `${Key} ${VersionId}`);
  return keys.filter((key) => !key.includes('convlake_runs')).sort();
}

const keysOf = (all: readonly string[]) => all.map((version) => version.replace(/ .*/, ''));

async function linesIn(account: Account, stream: StreamName): Promise<readonly string[]> {
  const { client, bucket: Bucket } = account;
  const objects: (readonly [string, Uint8Array])[] = [];
  for (const Key of new Set(keysOf(await versions(account)))) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    objects.push([Key, (await Body?.transformToByteArray()) ?? new Uint8Array()]);
  }
  return fixture.tableLines(objects, stream);
}

describe.each([...streams.keys()])('the deployed handler on moto, %s', (stream) => {
  test('killed between commits and out of time, ends with the lake that files get; once more, it writes nothing', async () => {
    if (!moto) return; // said above
    const account = await openAccount(moto);
    const killed = invoke(account, { stream }, { requestId: 'killed' });
    const inTurn = oneAtATime();
    let commits = 0;
    account.way.through = (request, forward) => {
      if (!isCommit(request)) return forward();
      return inTurn(async () => {
        if (commits < 2) return forward().finally(() => commits++);
        killed.kill();
        return undefined;
      });
    };
    const none = await killed.ended;
    const committed = await versions(account);
    account.way.through = (_, forward) => forward();
    // Lambda tries again under the same id.
    const first = await invoke(account, { stream }, { requestId: 'killed', looksAtClock: 15 }).ended;
    const others = await fixture.goOnUntilQuiet(deployed, account, stream);
    const written = await versions(account);
    const again = await invoke(account, { stream }).ended;

    expect(none.returned).toBeUndefined();
    expect(committed).toHaveLength(2);
    expect(first).toMatchObject({ returned: { outcome: 'out of time', continued: true } });
    expect(others.at(-1)).toMatchObject({ returned: { outcome: 'caught up', continued: false } });
    expect(new Set(keysOf(written)).size).toBeGreaterThan(2);
    expect(await linesIn(account, stream)).toEqual(await fixture.fileLakeLines(deployed, stream));
    expect(again).toMatchObject({ returned: { outcome: 'caught up', continued: false } });
    expect(requestsOf(again)).toBeGreaterThan(0);
    expect(await versions(account)).toEqual(written);
  });
});

describe.each(['crescendo.vocconv', 'salesloft.conversations'] as const)('two invocations on moto, %s', (stream) => {
  test('that both begin, read and commit at the same moment end with the lake that one writes', async () => {
    if (!moto) return; // said above
    const account = await openAccount(moto);
    const bothBegan = gathering(2);
    const bothCommit = gathering(2);
    const inTurn = oneAtATime();
    const answers: number[] = [];
    account.way.through = async (request, forward) => {
      // Neither sees the other's claim, and nothing is in the lake when either looks at it first.
      if (isReadOfParameter(request)) await bothBegan(String(request.headers['amz-sdk-invocation-id']));
      if (!isCommit(request)) return forward();
      await bothCommit(String(request.headers['x-amz-meta-run-id']));
      // S3 checks a condition and writes in one step, moto in two.
      const returned = await inTurn(forward);
      answers.push(returned.status);
      return returned;
    };

    const both = await Promise.all([invoke(account, { stream }).ended, invoke(account, { stream }).ended]);

    expect(both.map(({ returned }) => returned?.['outcome'])).toEqual(['caught up', 'caught up']);
    expect(answers).toContain(412);
    const written = await versions(account);
    expect(keysOf(written)).toEqual([...new Set(keysOf(written))]);
    expect(await linesIn(account, stream)).toEqual(await fixture.fileLakeLines(deployed, stream));
  });

  test('of which one begins while the other commits: it is skipped, and changes nothing', async () => {
    if (!moto) return; // said above
    const account = await openAccount(moto);
    let second: Promise<InvocationEnd> | undefined;
    account.way.through = async (request, forward) => {
      if (isCommit(request)) {
        second ??= invoke(account, { stream }).ended;
        await second;
      }
      return forward();
    };

    const first = await invoke(account, { stream }).ended;

    const skipped = await second;
    expect(first).toMatchObject({ returned: { outcome: 'caught up' } });
    expect(skipped).toMatchObject({ returned: { outcome: 'skipped', continued: false } });
    expect(skipped && requestsOf(skipped)).toBe(0);
    const written = await versions(account);
    expect(keysOf(written)).toEqual([...new Set(keysOf(written))]);
    expect(await linesIn(account, stream)).toEqual(await fixture.fileLakeLines(deployed, stream));
  });
});
