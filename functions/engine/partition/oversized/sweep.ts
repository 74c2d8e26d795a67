import { type ObjectPlace, oversizedFolder, parseOversizedKey } from '../../../../contract/layout.ts';
import type { Lake, ListedObject } from '../../ports.ts';

/** An object that nothing refers to goes when it is older: far longer than it takes from putting one to committing its stub. */
const SWEPT_AFTER_MS = 2 * 24 * 60 * 60 * 1000;

/**
 * The objects of a partition's oversized rows that are old enough at `now` to be swept. Asked for before a commit, so that whatever is put
 * from then on for a later commit has another tag by the time of `sweep`.
 */
export async function listOld(
  lake: Pick<Lake, 'list'>,
  place: ObjectPlace,
  now: number,
): Promise<readonly ListedObject[]> {
  const old: ListedObject[] = [];
  for await (const object of lake.list(oversizedFolder(place))) {
    const ours = parseOversizedKey(object.key) !== undefined;
    if (ours && object.modifiedAt < now - SWEPT_AFTER_MS) old.push(object);
  }
  return old;
}

/**
 * Removes those of the old objects that the partition, as it was just committed, does not refer to. Another run can refer to one of them
 * only by a commit that comes after this one, and before that it puts the object anew: then the tag is another one.
 */
export async function sweep(
  lake: Pick<Lake, 'remove'>,
  old: readonly ListedObject[],
  references: ReadonlySet<string>,
): Promise<void> {
  for (const { key, tag } of old) if (!references.has(key)) await lake.remove(key, tag);
}
