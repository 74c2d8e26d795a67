import { unset } from '../aws/unset.ts';
import { ConvlakeError } from '../engine/errors.ts';

/** Where a credential is: an environment variable, a secret of Secrets Manager (name or ARN), or an SSM SecureString. */
export interface CredentialReference {
  readonly kind: 'env' | 'secret' | 'ssm';
  readonly name: string;
}

/** What to do about a credential that is not there, and about one that is not right. */
export interface Fixes {
  readonly create: string;
  readonly replace: string;
}

/** A secret as it is stored, and how to put another one in its place. */
export interface Stored {
  readonly stored: string;
  readonly fixes: Fixes;
}

/** The error for a credential that must be put where the configuration says it is. */
export function missing({ kind, name }: CredentialReference, seen: string, toFix: string): ConvlakeError {
  return new ConvlakeError('credential-missing', 'stop-stream', `the credential ${kind}:${name} ${seen}; ${toFix}`);
}

/**
 * The error for a credential that AWS does not hand out. Its cause is only a likeness of the SDK's error (name, status and
 * request id): an error over a response that cannot be parsed would quote the response.
 */
export function unreadable({ kind, name }: CredentialReference, right: string, error: unknown): ConvlakeError {
  const lacking = unset(error);
  const { seen, status, requestId }: Facts = lacking ? { seen: lacking.seen } : facts(error);
  const denied = lacking !== undefined || /AccessDenied|UnrecognizedClient|InvalidSignature|ExpiredToken/.test(seen);
  const toFix =
    lacking?.toFix ??
    (denied
      ? `the role (or the AWS credentials of this terminal) needs ${right} on it, and kms:Decrypt where it has a key of its own`
      : 'see whether AWS and the way to it are well, then run again');
  const likeness = new Error([seen, status, requestId].filter((part) => part !== undefined).join(', '));
  return new ConvlakeError(
    'credential-missing',
    denied ? 'stop-stream' : 'retry',
    `cannot read the credential ${kind}:${name} (${seen}): ${toFix}`,
    { cause: likeness },
  );
}

interface Facts {
  readonly seen: string;
  readonly status?: unknown;
  readonly requestId?: unknown;
}

function facts(error: unknown): Facts {
  if (!(error instanceof Error)) return { seen: 'unknown cause' };
  if (!('$metadata' in error) || typeof error.$metadata !== 'object' || error.$metadata === null) {
    return { seen: 'code' in error && typeof error.code === 'string' ? error.code : error.name };
  }
  const metadata: { httpStatusCode?: unknown; requestId?: unknown } = error.$metadata;
  return { seen: error.name, status: metadata.httpStatusCode, requestId: metadata.requestId };
}

/** A name as a shell takes it. */
export function quoted(name: string): string {
  return `'${name.replaceAll("'", `'\\''`)}'`;
}
