/** The least that a handler over S3 loads: what the cold import of the export handler is measured against. */
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AWS_CLIENT_SETTINGS } from '../../../functions/wiring/aws-client-settings.ts';

const client = new S3Client(AWS_CLIENT_SETTINGS);

/** Looks at an object. */
export const handler = (event: { readonly Bucket: string; readonly Key: string }) =>
  client.send(new HeadObjectCommand(event));
