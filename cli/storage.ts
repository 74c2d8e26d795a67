import type { CheckpointOwner } from '../functions/checkpoints/file-checkpoints.ts';
import { fileCheckpoints } from '../functions/checkpoints/file-checkpoints.ts';
import type { CheckpointStore, Lake } from '../functions/engine/ports.ts';
import { openFileLake } from '../functions/lake/file-lake.ts';

/** An open lake, and the way to leave it. */
export interface OpenLake extends Lake {
  close(): Promise<void>;
}

/** What holds objects and checkpoints: one kind for each kind of lake. Nothing is made or opened before it is asked for. */
export interface Storage {
  /** @throws ConvlakeError `lake-unavailable` */
  open(): Promise<OpenLake>;
  checkpoints(owner: CheckpointOwner): CheckpointStore;
}

/** The storage of a lake as the configuration names it. A folder is relative to the working directory. */
export function storageOf(lake: string): Storage {
  return { open: () => openFileLake(lake), checkpoints: (owner) => fileCheckpoints(lake, owner) };
}
