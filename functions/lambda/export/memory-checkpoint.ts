import type { Checkpoint } from '../../engine/checkpoint.ts';
import type { CheckpointStore } from '../../engine/ports.ts';

/**
 * The record of a backfill that lasts as long as its invocation: what is left of the span goes back to the state machine, which
 * needs no other record. `last` is the latest that was written.
 */
export function memoryCheckpoint(): { readonly store: CheckpointStore; readonly last: () => Checkpoint | undefined } {
  let kept: Checkpoint | undefined;
  const store: CheckpointStore = {
    read: async () => kept,
    readWithRewind: async () => ({ checkpoint: kept, rewind: undefined }),
    async write(checkpoint) {
      kept = checkpoint;
    },
    remove: async () => undefined,
  };
  return { store, last: () => kept };
}
