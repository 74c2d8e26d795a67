import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UNDATED_PARTITION } from '../../../contract/layout.ts';
import type { RawTable } from '../../../contract/views/raw-tables.ts';
import { hasCode } from '../../../functions/engine/errors.ts';
import type { ListedObject } from '../../../functions/engine/ports.ts';
import { fileFailure } from '../../../functions/files/file-failure.ts';
import { removeLeftovers } from '../../../functions/files/temporary-folder.ts';
import { replaceFile } from '../../../functions/files/whole-file.ts';
import type { LakeView } from '../../run/storage.ts';
import type { NeededLines, Partition } from '../database/needed-lines.ts';
import { type FilesByTable, literalPath } from '../database/raw-views.ts';
import type { LakeFiles } from './lake-files.ts';

/** Objects that are copied at once. */
const AT_ONCE = 8;
/** An object may be replaced between its listing and its reading; the next listing has its new tag. */
const LISTINGS = 3;

/** How far copying has got. */
export interface Copying {
  readonly objects: number;
  readonly of: number;
  readonly bytes: number;
}

/** What copies of a bucket's objects are made with. */
export interface BucketFilesProps {
  readonly lake: LakeView;
  /** Where the copies are kept, for this lake alone. */
  readonly cache: string;
  readonly onCopied: (progress: Copying) => void;
}

/**
 * The lake in a bucket: the objects that a statement needs are copied to this machine, and kept there under their tags, so that each is
 * copied once for each of its contents. Copies of what the bucket does not have any more are removed.
 */
export function bucketFiles(props: BucketFilesProps): LakeFiles {
  return {
    async bring(needed, signal) {
      if (needed.length === 0) return new Map();
      // For this user alone: they are rows.
      await mkdir(props.cache, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
        throw fileFailure(`keep copies in ${props.cache}`, cause);
      });
      await removeLeftovers(props.cache, Date.now());
      for (let listing = 1; ; listing++) {
        try {
          return await bringOnce(props, needed, signal);
        } catch (error) {
          if (!hasCode(error, 'object-changed') || listing === LISTINGS) throw error;
        }
      }
    },
  };
}

/** An object and the file that is its copy. */
interface Copy {
  readonly object: ListedObject;
  readonly file: string;
}

async function bringOnce(
  props: BucketFilesProps,
  needed: readonly NeededLines[],
  signal: AbortSignal | undefined,
): Promise<FilesByTable> {
  const { lake, cache } = props;
  const files = new Map<string, readonly string[]>();
  const missing = new Map<string, Copy>();
  for (const [folder, ofFolder] of Map.groupBy(needed, ({ table }) => table.folder)) {
    const listed: Copy[] = [];
    for await (const object of lake.list(`${folder}/`)) listed.push({ object, file: join(cache, copyName(object)) });
    const present = await presentCopies(join(cache, folder), new Set(listed.map(({ file }) => file)));
    for (const lines of ofFolder) {
      const copies = await copiesFor(lines, listed);
      files.set(
        lines.table.name,
        copies.map(({ file }) => literalPath(file)),
      );
      for (const copy of copies) if (!present.has(copy.file)) missing.set(copy.file, copy);
    }
  }
  await copyAll([...missing.values()], props, signal);
  return files;
}

/** In the folder of its partition, which tells its tenant and date. A tag may hold anything, so its hash stands in the name. */
function copyName({ key, tag }: ListedObject): string {
  const hash = createHash('sha256').update(tag).digest('hex').slice(0, 32);
  return join(dirname(key), key.replace(/^.*\//, `${hash}-`));
}

/** Which copies are there. Others are removed: what was erased or replaced in the bucket does not stay here. */
async function presentCopies(folder: string, current: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  for (const file of files) if (!current.has(file)) await rm(file, { force: true });
  return new Set(files.filter((file) => current.has(file)));
}

async function copiesFor({ table, among }: NeededLines, listed: readonly Copy[]): Promise<readonly Copy[]> {
  const own = listed.flatMap((copy) => {
    const partition = partitionOf(table, copy.object.key);
    return partition ? [{ copy, partition }] : [];
  });
  const places = await among(own.map(({ partition }) => partition));
  return own.filter((_, at) => places.has(at)).map(({ copy }) => copy);
}

/** The partition that an object lies in; undefined for one that is not of the table. */
function partitionOf({ folder, holds, partitions }: RawTable, key: string): Partition | undefined {
  const names = holds === 'undated' ? [...partitions, 'dt'] : partitions;
  const values = names.map((name) => `${name}=(?<${name}>[^/]+)/`).join('');
  const form = new RegExp(`^${folder}/${values}[^/]+[.]ndjson${holds === 'reports' ? '' : '[.]gz'}$`);
  const { groups } = form.exec(key) ?? {};
  return groups && (groups['dt'] === UNDATED_PARTITION) === (holds === 'undated') ? groups : undefined;
}

async function copyAll(
  copies: readonly Copy[],
  { lake, cache, onCopied }: BucketFilesProps,
  signal: AbortSignal | undefined,
): Promise<void> {
  let [objects, bytes] = [0, 0];
  async function* counted({ key, tag }: ListedObject) {
    for await (const piece of lake.read(key, tag)) {
      signal?.throwIfAborted();
      bytes += piece.length;
      yield piece;
    }
  }
  const queue = copies.values();
  const copyOn = async () => {
    for (const { object, file } of queue) {
      signal?.throwIfAborted();
      await replaceFile(cache, file, counted(object));
      objects += 1;
      onCopied({ objects, of: copies.length, bytes });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, copyOn));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}
