import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Lake } from '../../engine/ports.ts';
import { openSpool } from '../spool/spool.ts';
import { s3Failure } from './s3-failure.ts';
import { foldersIn, listFolder, removeObject } from './s3-folder.ts';
import { type S3Location, s3Object } from './s3-location.ts';
import { look } from './s3-look.ts';
import { putWhole } from './s3-put-whole.ts';
import { readObject } from './s3-read.ts';
import { type Commit, replaceObject } from './s3-replace.ts';

/** S3 takes 10,000 parts. */
const PART_BYTES = 8 * 1024 * 1024;

/** lib-storage takes no smaller part, S3 only as the last. */
const LEAST_PART_BYTES = 5 * 1024 * 1024;

/** What a lake in S3 is made from. */
export interface S3LakeSettings extends S3Location {
  /** Folder on this machine for rows that wait for their commit: this user's own, made when it is not there. */
  readonly spoolFolder: string;
  /** Of convlake; kept with every object. */
  readonly version: string;
  /** Size of the parts of an upload, bytes. S3 takes none below 5 MB but the last. Default: 8 MB, for objects up to 80 GB. */
  readonly partBytes?: number;
}

/** A lake in S3. */
export interface S3Lake extends Lake {
  /** The names of the folders in a folder, whose own name ends with a slash, in no order. */
  folders(folder: string): Promise<readonly string[]>;
  /** What the last commit to the key through this lake left, for those who want the version of it; undefined before one. */
  lastCommit(key: string): Commit | undefined;
}

/**
 * A lake below a prefix of a bucket. A tag is an ETag, which equal bytes may share: an object that was changed and changed
 * back passes for unchanged, harmlessly. Encryption and versions are the bucket's affair.
 * @throws ConvlakeError `lake-unavailable` from every call: `stop-stream` where something must be fixed first (rights, bucket,
 * region), `retry` otherwise
 */
export function openS3Lake({ version, spoolFolder, partBytes = PART_BYTES, ...location }: S3LakeSettings): S3Lake {
  const root = { ...location, prefix: location.prefix.replaceAll(/^\/+|\/+$/g, '') };
  const commits = new Map<string, Commit>();
  return {
    tagOf: async (key) => (await look(s3Object(root, key)))?.tag,
    read: (key, tag) => readObject(s3Object(root, key), tag),
    async replace(key, expected, pieces, provenance) {
      const replacement = { expected, pieces, provenance, version, partBytes };
      const { tag, versionId } = await replaceObject(s3Object(root, key), replacement);
      commits.set(key, { tag, versionId });
      return tag;
    },
    async put(key, bytes) {
      const object = s3Object(root, key);
      const command = new PutObjectCommand({ ...object.name, Body: bytes, ContentType: 'application/x-ndjson' });
      await object.client.send(command).catch((cause: unknown) => {
        throw s3Failure('write', object, cause);
      });
    },
    putWhole: (key, pieces) =>
      putWhole(s3Object(root, key), pieces, { version, partBytes: Math.max(partBytes, LEAST_PART_BYTES) }),
    list: (folder) => listFolder(root, folder),
    folders: (folder) => foldersIn(root, folder),
    remove: (key, tag) => removeObject(s3Object(root, key), tag),
    openSpool: () => openSpool({ folder: spoolFolder, ownFolder: true }),
    lastCommit: (key) => commits.get(key),
  };
}
