import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { checkpointName } from '../../contract/layout.ts';
import type { SourceName } from '../../contract/streams.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../engine/checkpoint/codec.ts';
import type { RecordOwner } from '../engine/checkpoint/record.ts';
import { decodeRewind, encodeRewind } from '../engine/checkpoint/rewind-codec.ts';
import { ConvlakeError } from '../engine/errors.ts';
import { errnoOf, fileFailure } from '../files/file-failure.ts';
import { replaceSmallFile, syncFolders } from '../files/whole-file.ts';
import { backfillName } from './backfill-name.ts';
import type { RewindableCheckpoints } from './rewindable-checkpoints.ts';

/** Whose checkpoint it is: one stream of one tenant, or one backfill of it, told by its span. */
export interface CheckpointOwner extends RecordOwner {
  readonly source: SourceName;
}

/**
 * Checkpoints of a lake in a folder: `<lake>/.checkpoints/<source>/<stream's own name>/<tenant>.json`, backfills as
 * `<tenant>~backfill-<from>-<to>.json`, the order to start again as `<tenant>~rewind.json` (no tenant's name has a tilde). A record is replaced whole and is on the disk when
 * `write` resolves.
 * @throws RangeError for a tenant that cannot be a file's name
 * @throws ConvlakeError `checkpoint-unreadable` from `read`, `lake-unavailable` from `write` and `remove`
 */
export function fileCheckpoints(lakeFolder: string, owner: CheckpointOwner): RewindableCheckpoints {
  const root = resolve(lakeFolder);
  const path = join(root, '.checkpoints', `${fileName(owner)}.json`);
  const rewindPath = join(root, '.checkpoints', `${fileName(owner)}~rewind.json`);
  const write = (to: string, text: string) => replaceSmallFile(root, to, new TextEncoder().encode(`${text}\n`));
  const read = async () => {
    const text = await readText(path);
    return text === undefined ? undefined : decodeCheckpoint(text, path, owner);
  };
  const readRewind = async () => {
    const text = await readText(rewindPath);
    return text === undefined ? undefined : decodeRewind(text, rewindPath, owner);
  };

  return {
    read,
    readRewind,
    readWithRewind: async () => ({ checkpoint: await read(), rewind: await readRewind() }),
    async write(checkpoint) {
      await write(path, encodeCheckpoint(checkpoint, owner));
    },
    async writeRewind(rewind) {
      await write(rewindPath, encodeRewind(rewind, owner));
    },
    async remove() {
      await rm(path, { force: true })
        .then(() => syncFolders(path, root))
        .catch((cause: unknown) => {
          // Where there is no folder yet, there is nothing to remove.
          if (errnoOf(cause) !== 'ENOENT') throw fileFailure(`remove the checkpoint ${path}`, cause);
        });
    },
  };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw new ConvlakeError(
      'checkpoint-unreadable',
      'stop-stream',
      `cannot read the checkpoint ${path} (${errnoOf(cause) ?? 'unknown cause'}): let the user that runs convlake read it; only a file that is not there counts as none`,
      { cause },
    );
  }
}

function fileName({ backfill, ...of }: CheckpointOwner): string {
  const name = checkpointName(of);
  return backfill ? `${name}~${backfillName(backfill)}` : name;
}
