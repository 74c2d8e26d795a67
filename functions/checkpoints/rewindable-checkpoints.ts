import type { Rewind } from '../engine/checkpoint.ts';
import type { CheckpointStore } from '../engine/ports.ts';

/** A store as people's commands use it: runs read the order to start again, and only people write it. */
export interface RewindableCheckpoints extends CheckpointStore {
  /**
   * The order alone. Undefined only when there is none.
   * @throws ConvlakeError `checkpoint-unreadable` for anything else
   */
  readRewind(): Promise<Rewind | undefined>;
  /** Puts the order in the place of an earlier one. It lies apart from the record, so that no run undoes it. */
  writeRewind(rewind: Rewind): Promise<void>;
}
