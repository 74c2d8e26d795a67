import { BACKFILL_FILES } from '../../../contract/backfill.ts';
import type { FailedWork, Work } from './work.ts';

/** Objects of text in one bucket. */
export interface TextFiles {
  readonly bucket: string;
  readonly read: (key: string) => Promise<string>;
  readonly write: (key: string, text: string) => Promise<void>;
}

/** What is left for the rounds after one. */
export interface Rest {
  readonly later: readonly Work[];
  readonly failed: readonly FailedWork[];
}

/** The folder of an execution, whose name is the only one of its kind in a state machine for 90 days. */
export function folderOf(execution: string): string {
  return `${BACKFILL_FILES}/${execution}`;
}

/** Where a round keeps what. The map writes its results there too. */
export function roundFiles(folder: string, round: number): { readonly items: string; readonly rest: string } {
  return { items: `${folder}/${round}/items.json`, rest: `${folder}/${round}/rest.json` };
}

/** Reads what an earlier step of the same execution wrote. */
export async function readRest(files: TextFiles, key: string): Promise<Rest> {
  // Nobody else writes there, and the steps of an execution are all of one version of the code, or of versions after it.
  const rest: Rest = JSON.parse(await files.read(key));
  return rest;
}
