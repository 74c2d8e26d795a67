import { S3Client } from '@aws-sdk/client-s3';
import type { BackfillProgress, BackfillStep } from '../contract/backfill.ts';
import { takeBackfillStep } from './lambda/backfill-plan/backfill-steps.ts';
import { s3Files } from './lambda/backfill-plan/s3-files.ts';
import { readPlanSettings } from './lambda/lambda-settings.ts';
import { publicError } from './telemetry/public-error.ts';
import { AWS_CLIENT_SETTINGS } from './wiring/aws-client-settings.ts';

/** The bundler puts the configuration here. */
declare const CONVLAKE_STREAMS: string;

const { streams, lake, bucket, owner } = readPlanSettings(process.env, CONVLAKE_STREAMS);
const services = {
  streams,
  lake,
  files: s3Files({ client: new S3Client(AWS_CLIENT_SETTINGS), bucket, owner }),
  now: Date.now,
};

/**
 * Plans a backfill for its state machine, and sorts what its rounds left.
 * @throws Error for a request that is not understood, and with the list of what could not be read
 */
export const handler = async (event: BackfillStep): Promise<BackfillProgress> => {
  try {
    return await takeBackfillStep(event, services);
  } catch (error) {
    throw publicError(error);
  }
};
