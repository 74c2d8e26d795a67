import type { SSMClient } from '@aws-sdk/client-ssm';
import { checkpointName } from '../../contract/layout.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../engine/checkpoint/codec.ts';
import type { RecordOwner } from '../engine/checkpoint/record.ts';
import { decodeRewind, encodeRewind } from '../engine/checkpoint/rewind-codec.ts';
import { backfillName } from './backfill-name.ts';
import type { CheckpointOwner } from './file-checkpoints.ts';
import type { RewindableCheckpoints } from './rewindable-checkpoints.ts';
import { readParameters, ssmParameter } from './ssm-parameter.ts';
import type { CallSsm } from './ssm-patience.ts';

/**
 * Checkpoints in SSM Parameter Store: the record is the parameter `name`, the order to start again is `<name>/rewind`. SSM
 * keeps the last 100 versions of each, and has no conditional write: two runs may set a record back a little.
 * @throws ConvlakeError `checkpoint-unreadable` from every call: `retry` when SSM does not respond, `stop-stream` when it refuses
 */
export function ssmCheckpoints({
  client,
  name,
  owner,
  call = (act) => act(),
}: {
  readonly client: SSMClient;
  readonly name: string;
  readonly owner: RecordOwner;
  /** How calls are made; once each, unless told otherwise. */
  readonly call?: CallSsm;
}): RewindableCheckpoints {
  const rewindName = `${name}/rewind`;
  const record = ssmParameter(client, name, call);
  const rewind = ssmParameter(client, rewindName, call);

  /** Takes some of the two records out of one reading. */
  const read = async (...names: readonly string[]) => {
    const texts = await readParameters(client, names, call);
    if (texts.has(name)) record.found();
    if (texts.has(rewindName)) rewind.found();
    const [text, order] = [texts.get(name), texts.get(rewindName)];
    return {
      checkpoint: text === undefined ? undefined : decodeCheckpoint(text, name, owner),
      rewind: order === undefined ? undefined : decodeRewind(order, rewindName, owner),
    };
  };

  return {
    read: async () => (await read(name)).checkpoint,
    readRewind: async () => (await read(rewindName)).rewind,
    readWithRewind: () => read(name, rewindName),
    async write(checkpoint, patience) {
      await record.write(encodeCheckpoint(checkpoint, owner), patience);
    },
    remove: () => record.remove(),
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
