import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, DeleteObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import type { Lake } from '../../../functions/engine/ports.ts';
import { openFileLake } from '../../../functions/lake/file/file-lake.ts';
import { openS3Lake } from '../../../functions/lake/s3/s3-lake.ts';
import { startFakeS3 } from '../aws/fake-s3.ts';
import type { StoreOptions } from '../aws/fake-s3-store.ts';
import { localClient } from '../aws/local-aws.ts';
import { hasMoto, startMoto } from '../aws/moto.ts';
import { testFolder } from './file-lake.ts';

/** A lake of a test's own, and what only a test does with one. */
export interface TestLake {
  readonly lake: Lake;
  /** The same lake, as another process opens it. */
  again(): Promise<Lake>;
  /** Removes an object behind the lake's back. */
  remove(key: string): Promise<void>;
  /** What failed writes left behind. */
  unfinished(): Promise<readonly string[]>;
  /** Where it is, for a process of lake-memory-process.ts. */
  readonly place: readonly string[];
}

/** A kind of lake that must keep the contract. */
export interface LakeKind {
  readonly name: string;
  /** Holds it back: it does not keep the contract where a test needs it; says what it lacks. */
  readonly ignoresConditionsOfUploads?: string;
  readonly ignoresConditionsOfDeletes?: string;
  open(options?: StoreOptions): Promise<TestLake>;
}

/** Every kind of lake on this machine; moto where it is installed. `stop` ends what was started for all tests. */
export async function lakeKinds(): Promise<{ kinds: readonly LakeKind[]; stop: () => Promise<void> }> {
  const moto = hasMoto ? await startMoto() : undefined;
  const real: LakeKind[] = moto
    ? [
        {
          name: 'S3 as moto plays it',
          ignoresConditionsOfUploads: 'moto does not compare If-Match when an upload is completed (moto 5.2.1)',
          ignoresConditionsOfDeletes: 'moto does not compare If-Match when an object is deleted (moto 5.2.1)',
          open: () => openMotoLake(moto.endpoint),
        },
      ]
    : [];
  const kinds = [{ name: 'files', open: openFiles }, { name: 'S3', open: openFakeLake }, ...real];
  return { kinds, stop: async () => moto?.stop() };
}

async function openFiles(): Promise<TestLake> {
  const root = await testFolder();
  const again = async () => {
    const lake = await openFileLake(root);
    onTestFinished(() => lake.close());
    return lake;
  };
  return {
    lake: await again(),
    again,
    place: ['files', root],
    remove: (key) => rm(join(root, key)),
    async unfinished() {
      const entries = await readdir(join(root, '.tmp'), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    },
  };
}

async function openFakeLake(options?: StoreOptions): Promise<TestLake> {
  const s3 = await startFakeS3(options);
  const settings = {
    client: s3.client,
    bucket: s3.bucket,
    prefix: 'lake',
    version: '1',
    spoolFolder: await testFolder(),
  };
  return {
    lake: openS3Lake(settings),
    again: async () => openS3Lake(settings),
    place: ['S3', s3.endpoint, s3.bucket, settings.spoolFolder],
    async remove(key) {
      s3.objects.delete(`lake/${key}`);
    },
    unfinished: async () => [...s3.uploads.keys()],
  };
}

async function openMotoLake(endpoint: string): Promise<TestLake> {
  const client = localClient(endpoint);
  onTestFinished(() => client.destroy());
  const bucket = `lake-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const settings = { client, bucket, prefix: 'lake', version: '1', spoolFolder: await testFolder() };
  return {
    lake: openS3Lake(settings),
    again: async () => openS3Lake(settings),
    place: ['S3', endpoint, bucket, settings.spoolFolder],
    async remove(key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `lake/${key}` }));
    },
    async unfinished() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return Uploads.map((upload) => upload.Key ?? '');
    },
  };
}
