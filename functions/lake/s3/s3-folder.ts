import { DeleteObjectCommand, ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { ListedObject, Tag } from '../../engine/ports.ts';
import { s3Failure, statusOf } from './s3-failure.ts';
import { type S3Location, type S3Object, s3Object } from './s3-location.ts';

/**
 * The objects of a folder, whose name ends with a slash.
 * @throws ConvlakeError `lake-unavailable`
 */
export async function* listFolder(location: S3Location, folder: string): AsyncGenerator<ListedObject> {
  const object = s3Object(location, folder);
  const rootLength = object.name.Key.length - folder.length;
  for await (const { Contents } of pagesOf(object)) {
    for (const { Key, ETag, LastModified } of Contents ?? []) {
      if (Key === undefined || ETag === undefined || LastModified === undefined) continue;
      yield { key: Key.slice(rootLength), tag: ETag, modifiedAt: LastModified.getTime() };
    }
  }
}

/**
 * The names of the folders in a folder, whose own name ends with a slash.
 * @throws ConvlakeError `lake-unavailable`
 */
export async function foldersIn(location: S3Location, folder: string): Promise<readonly string[]> {
  const object = s3Object(location, folder);
  const names: string[] = [];
  for await (const { CommonPrefixes } of pagesOf(object, '/')) {
    for (const { Prefix = '' } of CommonPrefixes ?? []) names.push(Prefix.slice(object.name.Key.length, -1));
  }
  return names;
}

/** The pages of the list of all that lies below a folder; with a delimiter of what lies in it. */
async function* pagesOf({ client, name, url }: S3Object, Delimiter?: '/'): AsyncGenerator<ListObjectsV2CommandOutput> {
  const { Key: Prefix, ...bucket } = name;
  let ContinuationToken: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      ...bucket,
      Prefix,
      ...(Delimiter !== undefined && { Delimiter }),
      ...(ContinuationToken !== undefined && { ContinuationToken }),
    });
    const page = await client.send(command).catch((cause: unknown) => {
      throw s3Failure('list', { client, name, url }, cause);
    });
    yield page;
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
}

/**
 * Removes the object while it has the tag. S3 compares it since 2025 (User Guide, "Conditional deletes"); it takes `s3:GetObject` too.
 * @throws ConvlakeError `lake-unavailable`
 */
export async function removeObject(object: S3Object, tag: Tag): Promise<void> {
  try {
    await object.client.send(new DeleteObjectCommand({ ...object.name, IfMatch: tag }));
  } catch (cause) {
    // 404: gone already; 409 and 412: written anew, so that somebody needs it.
    if (![404, 409, 412].includes(statusOf(cause) ?? 0)) throw s3Failure('remove', object, cause);
  }
}
