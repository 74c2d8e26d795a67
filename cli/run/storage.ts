import type { Configuration } from '../../contract/configuration/configuration.ts';
import type { CheckpointOwner } from '../../functions/checkpoints/file-checkpoints.ts';
import { fileCheckpoints } from '../../functions/checkpoints/file-checkpoints.ts';
import type { RewindableCheckpoints } from '../../functions/checkpoints/rewindable-checkpoints.ts';
import { ConvlakeError } from '../../functions/engine/errors.ts';
import type { Lake, Records } from '../../functions/engine/ports.ts';
import { userFolder } from '../../functions/files/user-folder.ts';
import { type LookedAt, lookAtFileLake, openFileLake } from '../../functions/lake/file/file-lake.ts';
import { realTime } from '../../functions/wiring/run-clock.ts';
import packageJson from '../../package.json' with { type: 'json' };

/** An open lake, and the way to leave it. */
export interface OpenLake extends Lake {
  close(): Promise<void>;
}

/** A lake that is looked at, and the way to leave it. */
export interface LakeView extends LookedAt {
  close(): Promise<void>;
}

/** What holds objects and checkpoints: one kind for each kind of lake. Nothing is made or opened before it is asked for. */
export interface Storage {
  /** @throws ConvlakeError `lake-unavailable` */
  open(): Promise<OpenLake>;
  /**
   * The lake for those who only look at it; nothing is made.
   * @throws ConvlakeError `lake-unavailable`
   */
  look(): Promise<LakeView>;
  checkpoints(owner: CheckpointOwner): RewindableCheckpoints;
  /** What is recorded of several streams, in their order, in few readings; of one that cannot be read, why. */
  records(owners: readonly CheckpointOwner[]): Promise<readonly (Records | Error)[]>;
}

/**
 * The storage of a lake as the configuration names it: a folder, which carries its own
 * checkpoints; or a bucket, whose checkpoints are the parameters of the stage in SSM.
 */
export async function storageOf({ lake, stage }: Pick<Configuration, 'lake' | 'stage'>): Promise<Storage> {
  if (lake.startsWith('s3://')) return bucketStorage(new URL(lake), stage);
  return {
    open: () => openFileLake(lake),
    look: async () => ({ ...(await lookAtFileLake(lake)), close: async () => {} }),
    checkpoints: (owner) => fileCheckpoints(lake, owner),
    records: (owners) => Promise.all(owners.map((owner) => fileCheckpoints(lake, owner).readWithRewind().catch(known))),
  };
}

// The AWS clients take a while to load, and a folder needs none of them. Region and account are the environment's, as for the AWS CLI.
async function bucketStorage({ hostname, pathname }: URL, stage: string): Promise<Storage> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  const { AWS_CLIENT_SETTINGS } = await import('../../functions/wiring/aws-client-settings.ts');
  const { openS3Lake } = await import('../../functions/lake/s3/s3-lake.ts');
  const { openSsm } = await import('../../functions/wiring/open-ssm.ts');
  const { readSsmRecords, ssmCheckpoints, ssmCheckpointName } = await import(
    '../../functions/checkpoints/ssm-checkpoints.ts'
  );
  const { waitForSsm } = await import('../../functions/checkpoints/ssm-patience.ts');
  const ssm = openSsm();
  const call = waitForSsm({ sleep: realTime.sleep, random: Math.random, leftMs: () => Number.POSITIVE_INFINITY });
  const prefix = pathname.replace(/^\//, '');
  const spoolFolder = userFolder();
  const open = async () => {
    const client = new S3Client(AWS_CLIENT_SETTINGS);
    const { version } = packageJson;
    const lake = openS3Lake({ client, bucket: hostname, prefix, spoolFolder, version });
    return { ...lake, close: async () => client.destroy() };
  };
  return {
    open,
    look: open,
    checkpoints: (owner) => ssmCheckpoints({ client: ssm, name: ssmCheckpointName(stage, owner), owner, call }),
    records: (owners) =>
      readSsmRecords(
        ssm,
        owners.map((owner) => ({ name: ssmCheckpointName(stage, owner), owner })),
        call,
      ),
  };
}

/** @throws what is not an error of ours */
function known(error: unknown): Error {
  if (error instanceof ConvlakeError) return error;
  throw error;
}
