import type { S3Client } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { type FakeS3Server, serveFakeS3 } from './fake-s3-server.ts';
import type { StoreOptions } from './fake-s3-store.ts';
import { localClient } from './local-aws.ts';

export type { S3Fault } from './fake-s3-server.ts';

/** S3 on a port of this machine, for the real SDK to talk to. */
export interface FakeS3 extends FakeS3Server {
  readonly client: S3Client;
}

/** Starts a fake S3 with one bucket; it ends with the test. */
export async function startFakeS3(options: StoreOptions = {}): Promise<FakeS3> {
  const server = await serveFakeS3(options);
  const client = localClient(server.endpoint);
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  // The server itself, so that a fault set later is the one that it asks.
  return Object.assign(server, { client });
}
