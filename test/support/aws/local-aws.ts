import { S3Client } from '@aws-sdk/client-s3';
import { AWS_CLIENT_SETTINGS } from '../../../functions/wiring/aws-client-settings.ts';

/** The environment of a process that talks to AWS on this machine: which region, and a key that opens nothing. */
export const LOCAL_AWS = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
} as const;

/** What an AWS client needs to talk to a server of this machine, made as convlake makes it but for shorter retries. */
export function localSettings(endpoint: string) {
  const credentials = { accessKeyId: LOCAL_AWS.AWS_ACCESS_KEY_ID, secretAccessKey: LOCAL_AWS.AWS_SECRET_ACCESS_KEY };
  return {
    ...AWS_CLIENT_SETTINGS,
    endpoint,
    region: LOCAL_AWS.AWS_REGION,
    credentials,
    retryMode: 'standard',
    maxAttempts: 3,
  } as const;
}

/** The real S3 client on a server of this machine. */
export function localClient(endpoint: string): S3Client {
  return new S3Client({ ...localSettings(endpoint), forcePathStyle: true });
}
