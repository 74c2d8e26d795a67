import type { SSMClient } from '@aws-sdk/client-ssm';
import { checkpointName } from '../../contract/layout.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../engine/checkpoint/codec.ts';
import type { RecordOwner } from '../engine/checkpoint/record.ts';
import { decodeRewind, encodeRewind } from '../engine/checkpoint/rewind-codec.ts';
import { ConvlakeError } from '../engine/errors.ts';
import { inParallel } from '../engine/in-parallel.ts';
import type { Records } from '../engine/ports.ts';
import { backfillName } from './backfill-name.ts';
import type { CheckpointOwner } from './file-checkpoints.ts';
import type { RewindableCheckpoints } from './rewindable-checkpoints.ts';
import { readParameters, ssmParameter } from './ssm-parameter.ts';
import type { CallSsm } from './ssm-patience.ts';

const STREAMS_PER_READING = 5;
/** An AWS account grants its programs some tens of readings a second together. */
const READINGS_AT_ONCE = 4;

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
  const rewindName = rewindNameOf(name);
  const record = ssmParameter(client, name, call);
  const rewind = ssmParameter(client, rewindName, call);

  /** Takes some of the two records out of one reading. */
  const read = async (...names: readonly string[]) => {
    const texts = await readParameters(client, names, call);
    if (texts.has(name)) record.found();
    if (texts.has(rewindName)) rewind.found();
    return recordsIn(texts, name, owner);
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
 * What is recorded of several streams, in their order: SSM takes ten names a call, which are the two records of five. Of a stream whose
 * records cannot be read, why.
 */
export async function readSsmRecords(
  client: SSMClient,
  streams: readonly { readonly name: string; readonly owner: RecordOwner }[],
  call: CallSsm,
): Promise<readonly (Records | Error)[]> {
  const found = new Map<string, Records | Error>();
  const readings = Array.from({ length: Math.ceil(streams.length / STREAMS_PER_READING) }, (_, at) =>
    streams.slice(at * STREAMS_PER_READING, (at + 1) * STREAMS_PER_READING),
  );
  await inParallel(readings, READINGS_AT_ONCE, async (some) => {
    const names = some.flatMap(({ name }) => [name, rewindNameOf(name)]);
    const texts = await readParameters(client, names, call).catch(known);
    for (const { name, owner } of some) {
      found.set(name, texts instanceof Error ? texts : decoded(() => recordsIn(texts, name, owner)));
    }
  });
  return streams.map(({ name }) => found.get(name) ?? new Error(`nothing was read of ${name}`));
}

function recordsIn(texts: ReadonlyMap<string, string>, name: string, owner: RecordOwner): Records {
  const rewindName = rewindNameOf(name);
  const [text, order] = [texts.get(name), texts.get(rewindName)];
  return {
    checkpoint: text === undefined ? undefined : decodeCheckpoint(text, name, owner),
    rewind: order === undefined ? undefined : decodeRewind(order, rewindName, owner),
  };
}

function decoded(decode: () => Records): Records | Error {
  try {
    return decode();
  } catch (error) {
    return known(error);
  }
}

/** @throws what is not an error of ours */
function known(error: unknown): Error {
  if (error instanceof ConvlakeError) return error;
  throw error;
}

function rewindNameOf(name: string): string {
  return `${name}/rewind`;
}

/**
 * The parameter of an owner's checkpoint: `/convlake/<stage>/<source>/<stream's own name>/<tenant>`, a backfill's below it.
 * @throws RangeError for a stage or tenant that cannot be part of a name
 */
export function ssmCheckpointName(stage: string, { backfill, ...of }: CheckpointOwner): string {
  const name = checkpointName({ stage, ...of });
  return backfill ? `${name}/${backfillName(backfill)}` : name;
}
