import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { onTestFinished } from 'vitest';
import { type CheckpointOwner, fileCheckpoints } from '../../../functions/checkpoints/file-checkpoints.ts';
import type { RewindableCheckpoints } from '../../../functions/checkpoints/rewindable-checkpoints.ts';
import { ssmCheckpointName, ssmCheckpoints } from '../../../functions/checkpoints/ssm-checkpoints.ts';
import { startFakeAwsJson } from '../aws/fake-aws-json.ts';
import { localSettings } from '../aws/local-aws.ts';
import { hasMoto, startMoto } from '../aws/moto.ts';
import { testFolder } from './file-lake.ts';

/** Where checkpoints are kept for one test. */
export interface TestStore {
  /** The checkpoints of an owner, each time as another process opens them. */
  of(owner: CheckpointOwner): RewindableCheckpoints;
  /** Writes a record, or its rewind, behind the store's back. */
  spoil(owner: CheckpointOwner, text: string, which: 'record' | 'rewind'): Promise<void>;
}

/** A kind of store that must keep the contract. */
export interface StoreKind {
  readonly name: string;
  open(): Promise<TestStore>;
}

/** Every kind of store on this machine; moto where it is installed. `stop` ends what was started for all tests. */
export async function storeKinds(): Promise<{ kinds: readonly StoreKind[]; stop: () => Promise<void> }> {
  const moto = hasMoto ? await startMoto() : undefined;
  if (!moto) console.info('moto_server is not installed: the contract is not tried on moto');
  const real: StoreKind[] = moto ? [{ name: 'SSM as moto plays it', open: () => openMoto(moto.endpoint) }] : [];
  const kinds = [{ name: 'files', open: openFiles }, { name: 'SSM', open: openFake }, ...real];
  return { kinds, stop: async () => moto?.stop() };
}

async function openFiles(): Promise<TestStore> {
  const root = await testFolder();
  return {
    of: (owner) => fileCheckpoints(root, owner),
    async spoil({ source, stream, tenant }, text, which) {
      const folder = join(root, '.checkpoints', source, stream.slice(source.length + 1));
      const path = join(folder, which === 'record' ? `${tenant}.json` : `${tenant}~rewind.json`);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    },
  };
}

async function openFake(): Promise<TestStore> {
  const { ssm } = await startFakeAwsJson();
  return inSsm(ssm, 'test');
}

async function openMoto(endpoint: string): Promise<TestStore> {
  const client = new SSMClient(localSettings(endpoint));
  onTestFinished(() => client.destroy());
  return inSsm(client, randomUUID());
}

function inSsm(client: SSMClient, stage: string): TestStore {
  return {
    of: (owner) => ssmCheckpoints({ client, name: ssmCheckpointName(stage, owner), owner }),
    async spoil(owner, text, which) {
      const name = ssmCheckpointName(stage, owner);
      const Name = which === 'record' ? name : `${name}/rewind`;
      await client.send(new PutParameterCommand({ Name, Value: text, Type: 'String', Overwrite: true }));
    },
  };
}
