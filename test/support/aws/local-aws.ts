import { S3Client } from '@aws-sdk/client-s3';
import { AWS_CLIENT_SETTINGS } from '../../../functions/wiring/aws-client-settings.ts';

/** What an AWS client needs to talk to a server of this machine, made as convlake makes it but for shorter retries. */
export function localSettings(endpoint: string) {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return {
    ...AWS_CLIENT_SETTINGS,
    endpoint,
    region: 'us-east-1',
    credentials,
    retryMode: 'standard',
    maxAttempts: 3,
  } as const;
}

/** The real S3 client on a server of this machine. */
export function localClient(endpoint: string): S3Client {
  return new S3Client({ ...localSettings(endpoint), forcePathStyle: true });
}
