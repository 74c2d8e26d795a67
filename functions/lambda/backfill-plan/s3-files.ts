import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { s3Failure } from '../../lake/s3/s3-failure.ts';
import { type S3Location, s3Object } from '../../lake/s3/s3-location.ts';
import type { TextFiles } from './round-files.ts';

/** The objects of a bucket as text. Reading and writing throw ConvlakeError `lake-unavailable`. */
export function s3Files({ client, bucket, owner }: Omit<S3Location, 'prefix'>): TextFiles {
  const at = (key: string) => s3Object({ client, bucket, owner, prefix: '' }, key);
  return {
    bucket,
    async read(key) {
      const object = at(key);
      try {
        const { Body } = await client.send(new GetObjectCommand(object.name));
        return (await Body?.transformToString()) ?? '';
      } catch (cause) {
        throw s3Failure('read', object, cause);
      }
    },
    async write(key, text) {
      const object = at(key);
      const content = { Body: text, ContentType: 'application/json' };
      await client.send(new PutObjectCommand({ ...object.name, ...content })).catch((cause: unknown) => {
        throw s3Failure('write', object, cause);
      });
    },
  };
}
