import {
  DeleteParameterCommand,
  GetParametersCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
  SSMServiceException,
} from '@aws-sdk/client-ssm';
import { unset } from '../aws/unset.ts';
import { ConvlakeError } from '../engine/errors.ts';
import type { Patience } from '../engine/ports.ts';
import { type CallSsm, isThrottling } from './ssm-patience.ts';

/** A standard parameter holds 4 KB (AWS Systems Manager endpoints and quotas). */
const LIMIT_BYTES = 4096;

/** Reads and writes one parameter of text. No cache: what is read is what is there. */
export interface SsmParameter {
  /** @throws RangeError for a text beyond 4 KB */
  write(text: string, patience?: Patience): Promise<void>;
  remove(): Promise<void>;
  /** Tells the writer, which has to say whether it overwrites, that the parameter is there. */
  found(): void;
}

/**
 * The texts of up to ten parameters, in one call. One that SSM says is not there is not in the map, and only such a one.
 * @throws ConvlakeError `checkpoint-unreadable`
 */
export async function readParameters(
  client: SSMClient,
  names: readonly string[],
  call: CallSsm,
): Promise<ReadonlyMap<string, string>> {
  try {
    const response = await call(() => client.send(new GetParametersCommand({ Names: [...names] })));
    const texts = new Map<string, string>();
    for (const { Name, Value } of response.Parameters ?? []) {
      if (Name !== undefined && Value !== undefined) texts.set(Name, Value);
    }
    const absent = new Set(response.InvalidParameters);
    const untold = names.find((name) => !texts.has(name) && !absent.has(name));
    if (untold !== undefined) throw new Error('SSM returned no value');
    return texts;
  } catch (cause) {
    throw ssmFailure('read', together(names), cause);
  }
}

/** Both of two, of more the first. */
function together(names: readonly string[]): string {
  return names.length <= 2 ? names.join(', ') : `${names[0]} and ${names.length - 1} more`;
}

/** The parameter `name`. @throws ConvlakeError `checkpoint-unreadable` from every call */
export function ssmParameter(client: SSMClient, name: string, call: CallSsm): SsmParameter {
  let exists = false; // as far as this process knows

  const put = async (text: string, Overwrite: boolean, patience: Patience | undefined) => {
    const fields = { Name: name, Value: text, Type: 'String', Tier: 'Standard', Overwrite } as const;
    await call(() => client.send(new PutParameterCommand(fields)), patience);
    exists = true;
  };

  return {
    async write(text, patience) {
      const bytes = Buffer.byteLength(text);
      if (bytes > LIMIT_BYTES) throw new RangeError(`${bytes} bytes do not fit into the ${LIMIT_BYTES} of ${name}`);
      try {
        await put(text, exists, patience);
      } catch (cause) {
        if (!(cause instanceof ParameterAlreadyExists)) throw ssmFailure('write', name, cause);
        // Another run began at the same time. The later write stays, as it does between runs that both read a record.
        await put(text, true, patience).catch((again: unknown) => {
          throw ssmFailure('write', name, again);
        });
      }
    },
    async remove() {
      exists = false;
      await call(() => client.send(new DeleteParameterCommand({ Name: name }))).catch((cause: unknown) => {
        if (!(cause instanceof ParameterNotFound)) throw ssmFailure('remove', name, cause);
      });
    },
    found() {
      exists = true;
    },
  };
}

const TOO_BUSY =
  'this AWS account grants its programs fewer calls of SSM than they make: switch on the higher throughput of Parameter Store (docs/aws.md)';
const FIXES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'the role needs ssm:GetParameters, ssm:PutParameter and ssm:DeleteParameter on it',
  ParameterMaxVersionLimitExceeded:
    'its oldest version bears a label, and SSM does not drop a version that does: remove the label',
};

function ssmFailure(what: string, name: string, cause: unknown): ConvlakeError {
  const lacking = unset(cause);
  const seen = lacking?.seen ?? (cause instanceof Error ? cause.name : 'unknown cause');
  const status = cause instanceof SSMServiceException ? cause.$metadata.httpStatusCode : undefined;
  const toFix =
    lacking?.toFix ??
    FIXES[seen] ??
    (isThrottling(cause) ? TOO_BUSY : undefined) ??
    'see whether SSM and the way to it are well; only a parameter that is not there counts as none';
  return new ConvlakeError(
    'checkpoint-unreadable',
    isPassing(cause, status) ? 'retry' : 'stop-stream',
    `cannot ${what} the checkpoint ${name} (${seen}): ${toFix}, then run again`,
    { cause, ...(status !== undefined && { status }) },
  );
}

/** No response at all, SSM's own trouble, and its asking to slow down, when the SDK's tries are used up. */
function isPassing(cause: unknown, status: number | undefined): boolean {
  if (!(cause instanceof Error) || unset(cause)) return false;
  return status === undefined || status >= 500 || isThrottling(cause);
}
