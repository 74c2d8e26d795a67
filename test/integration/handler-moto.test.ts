import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type StreamName, streams } from '../../contract/streams.ts';
import { localClient, localSettings } from '../support/local-aws.ts';
import { hasMoto, type Moto, startMoto } from '../support/moto.ts';
import {
  type Deployed,
  deploy,
  fileLakeLines,
  goOnUntilQuiet,
  invoke,
  openAccount,
  secretName,
  tableLines,
} from './handler-fixture.ts';

if (!hasMoto) console.info('moto_server is not installed: the handler is not tried on moto');

let deployed: Deployed;
let moto: Moto | undefined;

beforeAll(async () => {
  deployed = await deploy();
  moto = hasMoto ? await startMoto() : undefined;
});
afterAll(async () => {
  await moto?.stop();
  await deployed.close();
});

async function everyObject(client: S3Client, Bucket: string): Promise<(readonly [string, Uint8Array])[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
  const objects: (readonly [string, Uint8Array])[] = [];
  for (const { Key = '' } of Contents) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    objects.push([Key, (await Body?.transformToByteArray()) ?? new Uint8Array()]);
  }
  return objects;
}

test('on moto every stream, out of time and going on, ends with the lake that files get', async () => {
  if (!moto) return; // said above
  const { endpoint } = moto;
  const client = localClient(endpoint);
  const secrets = new SecretsManagerClient(localSettings(endpoint));
  onTestFinished(() => {
    client.destroy();
    secrets.destroy();
  });
  const bucket = `lake-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  await secrets.send(new CreateSecretCommand({ Name: secretName, SecretString: deployed.simulator.apiKey }));
  const account = await openAccount(bucket, { all: endpoint, s3: endpoint });

  const outcomes: [StreamName, unknown][] = [];
  for (const stream of streams.keys()) {
    await invoke(deployed, account, { stream }, { looksAtClock: 20 }).ended;
    const ends = await goOnUntilQuiet(deployed, account, 60);
    outcomes.push([stream, ends.at(-1)?.answer?.['outcome']]);
  }

  expect(outcomes).toEqual([...streams.keys()].map((stream) => [stream, 'caught up']));
  const objects = await everyObject(client, bucket);
  for (const stream of streams.keys()) {
    expect(tableLines(objects, stream)).toEqual(await fileLakeLines(deployed, stream));
  }
});
