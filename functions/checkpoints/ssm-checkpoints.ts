import type { SSMClient } from '@aws-sdk/client-ssm';
import { checkpointName } from '../../contract/layout.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../engine/checkpoint/codec.ts';
import type { RecordOwner } from '../engine/checkpoint/record.ts';
import { decodeRewind, encodeRewind } from '../engine/checkpoint/rewind-codec.ts';
import { backfillName } from './backfill-name.ts';
import type { CheckpointOwner } from './file-checkpoints.ts';
import type { RewindableCheckpoints } from './rewindable-checkpoints.ts';
import { ssmParameter } from './ssm-parameter.ts';

/**
 * Checkpoints in SSM Parameter Store: the record is the parameter `name`, the order to start again is `<name>/rewind`. SSM
 * keeps the last 100 versions of each, and has no conditional write: two runs may set a record back a little.
 * @throws ConvlakeError `checkpoint-unreadable` from every call: `retry` when SSM does not respond, `stop-stream` when it refuses
 */
export function ssmCheckpoints({
  client,
  name,
  owner,
}: {
  readonly client: SSMClient;
  readonly name: string;
  readonly owner: RecordOwner;
}): RewindableCheckpoints {
  const record = ssmParameter(client, name);
  const rewind = ssmParameter(client, `${name}/rewind`);
  return {
    async read() {
      const text = await record.read();
      return text === undefined ? undefined : decodeCheckpoint(text, name, owner);
    },
    async write(checkpoint) {
      await record.write(encodeCheckpoint(checkpoint, owner));
    },
    remove: () => record.remove(),
    async readRewind() {
      const text = await rewind.read();
      return text === undefined ? undefined : decodeRewind(text, `${name}/rewind`, owner);
    },
    async writeRewind(order) {
      await rewind.write(encodeRewind(order, owner));
    },
  };
}

/**
 * The parameter of an owner's checkpoint: `/convlake/<stage>/<source>/<stream's own name>/<tenant>`, a backfill's below it.
 * @throws RangeError for a stage or tenant that cannot be part of a name
 */
export function ssmCheckpointName(stage: string, { backfill, ...of }: CheckpointOwner): string {
  const name = checkpointName({ stage, ...of });
  return backfill ? `${name}/${backfillName(backfill)}` : name;
}
