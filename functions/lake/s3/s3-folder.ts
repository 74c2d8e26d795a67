import { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { ListedObject, Tag } from '../../engine/ports.ts';
import { s3Failure, statusOf } from './s3-failure.ts';
import { type S3Location, type S3Object, s3Object } from './s3-location.ts';

/**
 * The objects of a folder, whose name ends with a slash.
 * @throws ConvlakeError `lake-unavailable`
 */
export async function* listFolder(location: S3Location, folder: string): AsyncGenerator<ListedObject> {
  const { client, name, url } = s3Object(location, folder);
  const { Key: Prefix, ...bucket } = name;
  const rootLength = Prefix.length - folder.length;
  let ContinuationToken: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      ...bucket,
      Prefix,
      ...(ContinuationToken !== undefined && { ContinuationToken }),
    });
    const page = await client.send(command).catch((cause: unknown) => {
      throw s3Failure('list', { client, name, url }, cause);
    });
    for (const { Key, ETag, LastModified } of page.Contents ?? []) {
      if (Key === undefined || ETag === undefined || LastModified === undefined) continue;
      yield { key: Key.slice(rootLength), tag: ETag, modifiedAt: LastModified.getTime() };
    }
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
