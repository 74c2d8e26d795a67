import {
  DeleteParameterCommand,
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
  SSMServiceException,
} from '@aws-sdk/client-ssm';
import { ConvlakeError } from '../engine/errors.ts';

/** A standard parameter holds 4 KB (AWS Systems Manager endpoints and quotas). */
const LIMIT_BYTES = 4096;

/** One parameter of text. No cache: what is read is what is there. */
export interface SsmParameter {
  /** Undefined only when SSM says that there is none. */
  read(): Promise<string | undefined>;
  /** @throws RangeError for a text beyond 4 KB */
  write(text: string): Promise<void>;
  remove(): Promise<void>;
}

/** The parameter `name`. @throws ConvlakeError `checkpoint-unreadable` from every call */
export function ssmParameter(client: SSMClient, name: string): SsmParameter {
  let exists = false; // as far as this process knows

  const put = async (text: string, Overwrite: boolean) => {
    await client.send(
      new PutParameterCommand({ Name: name, Value: text, Type: 'String', Tier: 'Standard', Overwrite }),
    );
    exists = true;
  };

  return {
    async read() {
      try {
        const { Parameter } = await client.send(new GetParameterCommand({ Name: name }));
        if (Parameter?.Value === undefined) throw new Error('SSM returned no value');
        exists = true;
        return Parameter.Value;
      } catch (cause) {
        if (cause instanceof ParameterNotFound) return undefined;
        throw ssmFailure('read', name, cause);
      }
    },
    async write(text) {
      const bytes = Buffer.byteLength(text);
      if (bytes > LIMIT_BYTES) throw new RangeError(`${bytes} bytes do not fit into the ${LIMIT_BYTES} of ${name}`);
      try {
        await put(text, exists);
      } catch (cause) {
        if (!(cause instanceof ParameterAlreadyExists)) throw ssmFailure('write', name, cause);
        // Another run began at the same time. The later write stays, as it does between runs that both read a record.
        await put(text, true).catch((again: unknown) => {
          throw ssmFailure('write', name, again);
        });
      }
    },
    async remove() {
      exists = false;
      await client.send(new DeleteParameterCommand({ Name: name })).catch((cause: unknown) => {
        if (!(cause instanceof ParameterNotFound)) throw ssmFailure('remove', name, cause);
      });
    },
  };
}

const FIXES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'the role needs ssm:GetParameter, ssm:PutParameter and ssm:DeleteParameter on it',
  ParameterMaxVersionLimitExceeded:
    'its oldest version bears a label, and SSM does not drop a version that does: remove the label',
  CredentialsProviderError: 'there are no AWS credentials: log in, or set AWS_PROFILE',
};

function ssmFailure(what: string, name: string, cause: unknown): ConvlakeError {
  const seen = cause instanceof Error ? cause.name : 'unknown cause';
  const status = cause instanceof SSMServiceException ? cause.$metadata.httpStatusCode : undefined;
  const toFix =
    FIXES[seen] ?? 'see whether SSM and the way to it are well; only a parameter that is not there counts as none';
  return new ConvlakeError(
    'checkpoint-unreadable',
    isPassing(cause, status) ? 'retry' : 'stop-stream',
    `cannot ${what} the checkpoint ${name} (${seen}): ${toFix}, then run again`,
    { cause, ...(status !== undefined && { status }) },
  );
}

/** No response at all, SSM's own trouble, and its asking to slow down, when the SDK's tries are used up. */
function isPassing(cause: unknown, status: number | undefined): boolean {
  if (!(cause instanceof Error) || cause.name === 'CredentialsProviderError') return false;
  return status === undefined || status >= 500 || /Throttl|TooManyUpdates|RequestLimitExceeded/.test(cause.name);
}
