import { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { ConvlakeError } from '../../engine/errors.ts';
import type { Tag } from '../../engine/ports.ts';
import { isNoBucket, s3Failure, statusOf } from './s3-failure.ts';
import { changed, type S3Object } from './s3-location.ts';

/** Connections in a row that may break without a byte gained. */
const FRUITLESS_TRIES = 3;

/**
 * The bytes of the object while it has the tag, all of them or an error. The SDK's retries end where a body begins, and S3
 * closes connections that are read slowly; so a broken one is taken up again at its byte, under the same tag.
 * @throws ConvlakeError `object-changed`, `lake-unavailable`
 */
export async function* readObject(object: S3Object, tag: Tag): AsyncGenerator<Uint8Array> {
  let offset = 0;
  let size: number | undefined;
  for (let fruitless = 0; ; ) {
    const response = await get(object, tag, offset);
    size ??= response.ContentLength;
    const from = offset;
    let failure: unknown;
    try {
      for await (const piece of bodyOf(object, response, { offset, size })) {
        offset += piece.length;
        yield piece;
      }
    } catch (cause) {
      failure = cause;
    }
    if (offset === size && failure === undefined) return;
    fruitless = offset > from ? 0 : fruitless + 1;
    failure ??= new Error(`the body ended at byte ${offset} of ${size}`);
    // A failure behind the last byte is a checksum that is wrong; reading on would pass over it.
    const goesOn =
      size !== undefined && offset < size && fruitless < FRUITLESS_TRIES && !(failure instanceof ConvlakeError);
    if (!goesOn) throw s3Failure('read', object, failure);
  }
}

async function get(object: S3Object, tag: Tag, offset: number): Promise<GetObjectCommandOutput> {
  const range = offset > 0 ? { Range: `bytes=${offset}-` } : {};
  try {
    return await object.client.send(new GetObjectCommand({ ...object.name, IfMatch: tag, ...range }));
  } catch (cause) {
    const status = statusOf(cause);
    if (status === 412 || (status === 404 && !isNoBucket(cause))) throw changed(object, cause);
    throw s3Failure('read', object, cause);
  }
}

function bodyOf(
  { url }: S3Object,
  { Body, ContentRange }: GetObjectCommandOutput,
  { offset, size }: { readonly offset: number; readonly size: number | undefined },
): AsyncIterable<Uint8Array> {
  const expectedRange = offset === 0 ? undefined : `bytes ${offset}-${(size ?? 0) - 1}/${size}`;
  if (Body instanceof Readable && ContentRange === expectedRange) return Body;
  throw new ConvlakeError(
    'lake-unavailable',
    'retry',
    `cannot read ${url}: it was asked for from byte ${offset} on and other bytes came; see what lies between here and S3`,
  );
}
