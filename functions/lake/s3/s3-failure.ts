import { unset } from '../../aws/unset.ts';
import { ConvlakeError, type Recovery } from '../../engine/errors.ts';
import type { S3Object } from './s3-location.ts';

/** The HTTP status of an error of the AWS SDK; undefined when no response came. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/**
 * The name that S3 gave an error; undefined for one that is not S3's. S3 may begin its 200 to a CompleteMultipartUpload before it knows the end and
 * tell an error in the body: the SDK calls that a 503, so that the name alone says what happened.
 */
export function nameOfError(error: unknown): string | undefined {
  return statusOf(error) === undefined || !(error instanceof Error) ? undefined : error.name;
}

/** True when S3 says that the bucket is missing; on its 404s for objects that is the other meaning. */
export function isNoBucket(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoSuchBucket';
}

/**
 * The error for S3 that does not do what it should. A ConvlakeError passes through untouched.
 * @param what what was tried, as in "cannot ..."
 */
export function s3Failure(what: string, { url, name }: S3Object, cause: unknown): ConvlakeError {
  if (cause instanceof ConvlakeError) return cause;
  const { seen, toFix, recovery } = explain(cause, name.Bucket);
  const status = statusOf(cause);
  return new ConvlakeError('lake-unavailable', recovery, `cannot ${what} ${url} (${seen}): ${toFix}, then run again`, {
    cause,
    ...(status !== undefined && { status }),
  });
}

function explain(cause: unknown, bucket: string): { seen: string; toFix: string; recovery: Recovery } {
  const status = statusOf(cause);
  const name = nameOf(cause);
  const seen = [status, name === String(status) ? undefined : name].filter((part) => part !== undefined).join(' ');
  const stop = (toFix: string) => ({ seen, toFix, recovery: 'stop-stream' as const });
  const lacking = unset(cause);
  if (lacking) return { ...lacking, recovery: 'stop-stream' };
  if (isNoBucket(cause)) return stop(`there is no bucket ${bucket}: create it, or name the right one as \`lake\``);
  if (status === 301 || name === 'PermanentRedirect')
    return stop(`the bucket ${bucket} is in another region: set AWS_REGION to it`);
  if (status === 403 || name === 'AccessDenied') {
    return stop(
      "access is denied: the role needs s3:ListBucket on the bucket for the lake's prefix (without it S3 returns 403 for an object that is not there), s3:GetObject, s3:PutObject and s3:AbortMultipartUpload on its objects, s3:DeleteObject on those of oversized rows, and the use of the bucket's KMS key where it has one; and the bucket must belong to the account that a deployed function expects (bucketOwner)",
    );
  }
  return { seen, toFix: 'see whether S3 and the way to it are well', recovery: 'retry' };
}

/** The name of S3's error, or the operating system's code where S3 did not respond. Never the message: it may quote a request. */
function nameOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown cause';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}
