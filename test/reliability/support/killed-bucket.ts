import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { onTestFinished } from 'vitest';
import { type Account, openAccount, secretName } from '../../integration/lambda/handler-fixture.ts';
import { startFakeAwsJson } from '../../support/aws/fake-aws-json.ts';
import { startFakeS3 } from '../../support/aws/fake-s3.ts';
import { localClient, localSettings } from '../../support/aws/local-aws.ts';
import { startMoto } from '../../support/aws/moto.ts';

/** An AWS account whose bucket a test can look into. */
export interface OpenAccount extends Account {
  objects(): Promise<readonly (readonly [key: string, bytes: Uint8Array])[]>;
  /** Ids of uploads that were begun, and neither completed nor aborted. */
  unfinished(): Promise<readonly string[]>;
}

/** An account on moto, which ends with the test. */
export async function accountOnMoto(apiKey: string): Promise<OpenAccount> {
  const moto = await startMoto();
  onTestFinished(() => moto.stop());
  const { endpoint } = moto;
  const client = localClient(endpoint);
  const secrets = new SecretsManagerClient(localSettings(endpoint));
  const Bucket = 'killed-again-and-again';
  await client.send(new CreateBucketCommand({ Bucket }));
  await secrets.send(new CreateSecretCommand({ Name: secretName, SecretString: apiKey }));
  secrets.destroy();
  onTestFinished(() => client.destroy());
  return {
    ...(await openAccount(Bucket, { all: endpoint, s3: endpoint })),
    async objects() {
      const objects: (readonly [string, Uint8Array])[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
        for (const { Key = '' } of Contents) {
          const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
          objects.push([Key, (await Body?.transformToByteArray()) ?? new Uint8Array()]);
        }
      }
      return objects;
    },
    async unfinished() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
      return Uploads.map(({ UploadId = '' }) => UploadId);
    },
  };
}

/** An account on the servers of this process, which end with the test. */
export async function accountHere(apiKey: string): Promise<OpenAccount> {
  const [s3, store] = [await startFakeS3(), await startFakeAwsJson()];
  store.secrets.set(secretName, apiKey);
  return {
    ...(await openAccount(s3.bucket, { all: store.endpoint, s3: s3.endpoint })),
    objects: async () => [...s3.objects].map(([key, { bytes }]) => [key, bytes] as const),
    unfinished: async () => [...s3.uploads.keys()],
  };
}
