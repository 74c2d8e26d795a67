import { oversizedFolder, parseObjectKey } from '../../contract/layout.ts';
import { inParallel } from '../../functions/engine/in-parallel.ts';
import type { ListedObject } from '../../functions/engine/ports.ts';
import type { LakeView } from '../run/storage.ts';

/** Folders that are listed side by side. */
const AT_ONCE = 16;

/** What lies under a table for one tenant. */
export interface LakeObjects {
  /** The objects that convlake writes, the undated one first, then by date. */
  readonly objects: readonly ListedObject[];
  /** What else lies there. */
  readonly foreign: readonly ListedObject[];
}

/** Lists the objects of a table and tenant. @throws ConvlakeError `lake-unavailable` */
export async function lakeObjects(lake: LakeView, table: string, tenant: string): Promise<LakeObjects> {
  const folder = `${table}/tenant=${tenant}/`;
  const days = (await lake.folders(folder)).toSorted();
  const listed = await listAll(
    lake,
    days.map((day) => `${folder}${day}/`),
  );
  const inPlace = (object: ListedObject) => parseObjectKey(object.key) !== undefined;
  const dateOf = ({ key }: ListedObject) => parseObjectKey(key)?.dt ?? '';
  return {
    objects: listed.filter(inPlace).toSorted((a, b) => (dateOf(a) < dateOf(b) ? -1 : 1)),
    foreign: listed.filter((object) => !inPlace(object)),
  };
}

/** The keys of the objects of rows too large for a line, in the partitions of these objects. @throws ConvlakeError `lake-unavailable` */
export async function oversizedObjects(lake: LakeView, objects: readonly string[]): Promise<ReadonlySet<string>> {
  const places = objects.flatMap((key) => parseObjectKey(key) ?? []);
  const listed = await listAll(lake, places.map(oversizedFolder));
  return new Set(listed.map(({ key }) => key));
}

/** The objects of several folders, whose names end with a slash. @throws ConvlakeError `lake-unavailable` */
export async function listAll(lake: LakeView, folders: readonly string[]): Promise<readonly ListedObject[]> {
  const found: ListedObject[] = [];
  await inParallel(folders, AT_ONCE, async (folder) => {
    for await (const object of lake.list(folder)) found.push(object);
  });
  return found;
}
