import { decodeCheckpoint } from '../../../functions/engine/checkpoint/codec.ts';
import { decodeRewind } from '../../../functions/engine/checkpoint/rewind-codec.ts';
import type { Process } from '../world/wire.ts';

/** What a run plans from, as it reads it. */
export interface PlannedFrom {
  /** The texts of the two records; undefined where there is none. */
  readonly checkpoint: string | undefined;
  readonly rewind: string | undefined;
  /** Where what is new ends by the run's own clock, epoch ms. */
  readonly newEndsMs: number;
}

/**
 * How far the walks of each run reach at least, for streams that are read by version: no request says where its walk ends. What is new
 * is read up to the run's own now, and what is read again up to the watermark that the run began at, wherever others move it meanwhile.
 */
export class WalkEnds {
  readonly #lowest = new WeakMap<Process, number>();

  /** A process read a record that it may plan from. It reads them again before it writes: of all readings the lowest end counts. */
  read(process: Process, { checkpoint, rewind, newEndsMs }: PlannedFrom): void {
    const ends = [newEndsMs, this.of(process) ?? newEndsMs];
    if (checkpoint !== undefined) {
      const { watermark, reread, epoch } = decodeCheckpoint(checkpoint, 'the checkpoint');
      const ordered = rewind === undefined ? undefined : decodeRewind(rewind, 'the rewind');
      ends.push(watermark, reread?.to ?? watermark);
      if (ordered && ordered.epoch > epoch) ends.push(ordered.watermark);
    }
    this.#lowest.set(process, Math.min(...ends));
  }

  /** The lowest end of the walks of a process, epoch ms; undefined for one that read no record of the live stream. */
  of(process: Process): number | undefined {
    return this.#lowest.get(process);
  }
}
