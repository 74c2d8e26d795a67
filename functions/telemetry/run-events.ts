import { Buffer } from 'node:buffer';
import type { ChangedObject, RunEnded } from '../../contract/events.ts';
import { isoInstant } from '../../contract/instant.ts';
import { parseObjectKey } from '../../contract/layout.ts';
import type { RunSummary } from '../engine/settings.ts';

/** EventBridge takes entries of 256 KB, everything counted (PutEvents, "Calculating PutEvents event entry size"); some of it is not ours. */
const MOST_BYTES = 240_000;

/** Where objects are, and what tells their contents apart. */
export interface EventLake {
  readonly bucket: string;
  /** Without a slash at either end; may be empty. */
  readonly prefix: string;
  /** What the last commit to a key left, where the run made one. */
  readonly lastCommit: (key: string) => { readonly tag: string; readonly versionId: string | undefined } | undefined;
}

/** The details of a run's events: one, or several where the objects do not fit into one. */
export function runEvents(
  stage: string,
  summary: RunSummary,
  lake: EventLake,
  mostBytes = MOST_BYTES,
): readonly RunEnded[] {
  const { stream, tenant, runId, purpose, outcome, watermark } = summary;
  const common = {
    stage,
    stream,
    tenant,
    runId,
    purpose,
    outcome,
    watermark: isoOrNull(watermark),
    bucket: lake.bucket,
  };
  const spareBytes = mostBytes - sizeOf({ ...common, objects: [], part: 9999, parts: 9999 });
  const lists = intoLists(
    summary.objects.map((object) => changedObject(object, lake)),
    spareBytes,
  );
  return lists.map((objects, index) => ({ ...common, objects, part: index + 1, parts: lists.length }));
}

function changedObject({ key, rows, changed, bytes }: RunSummary['objects'][number], lake: EventLake): ChangedObject {
  const commit = lake.lastCommit(key);
  return {
    key: lake.prefix === '' ? key : `${lake.prefix}/${key}`,
    dt: parseObjectKey(key)?.dt ?? null,
    rows,
    changed,
    bytes,
    etag: commit?.tag ?? null,
    versionId: commit?.versionId ?? null,
  };
}

/** At least one list, if an empty one, each of at most so many bytes. */
function intoLists(objects: readonly ChangedObject[], mostBytes: number): readonly (readonly ChangedObject[])[] {
  const lists: ChangedObject[][] = [[]];
  let bytes = 0;
  for (const object of objects) {
    const size = sizeOf(object) + 1; // and a comma
    if (bytes + size > mostBytes && bytes > 0) {
      lists.push([]);
      bytes = 0;
    }
    lists.at(-1)?.push(object);
    bytes += size;
  }
  return lists;
}

function sizeOf(value: object): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function isoOrNull(at: number | undefined): string | null {
  return at === undefined ? null : isoInstant(at);
}
