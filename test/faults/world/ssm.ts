import { ParameterAlreadyExists, ParameterNotFound, type SSMClient, SSMServiceException } from '@aws-sdk/client-ssm';
import { parameterOperations, type StoredParameter } from '../../support/aws/fake-aws-json.ts';
import type { Process, Wire } from './wire.ts';

/** What an AWS account grants all its programs together, calls a second, and the clock (epoch ms) by which it does. */
export interface SsmQuota {
  readonly reads: number;
  readonly writes: number;
  readonly now: () => number;
}

/** SSM Parameter Store behind the AWS SDK's `send`. */
export class SimulatedSsm {
  readonly parameters = new Map<string, StoredParameter>();
  readonly #operations = parameterOperations(this.parameters);
  readonly #wire: Wire;
  readonly #takesMs: number;
  readonly #isGranted: (operation: string) => boolean;
  /** Told of every call that was made, and whether it was served or was one too many for the account. */
  onCall: (operation: string, by: Process, served: boolean) => void = () => undefined;
  /** Told of every parameter that is read, whether there is one or not. */
  onRead: (name: string, by: Process) => void = () => undefined;
  /** Told of every parameter that was just written. */
  onWrite: (name: string, by: Process) => void = () => undefined;

  constructor(wire: Wire, takesMs: number, quota?: SsmQuota) {
    this.#wire = wire;
    this.#takesMs = takesMs;
    this.#isGranted = quota ? grantsOf(quota) : () => true;
  }

  /** The client of one process. */
  client(process: Process): SSMClient {
    const send = (command: { readonly input: object; readonly constructor: { readonly name: string } }) => {
      const operation = command.constructor.name.replace(/Command$/, '');
      return this.#wire.call(process, {
        to: 'ssm',
        name: operation,
        act: () => this.#act(operation, { ...command.input }, process),
        refuse: () => {
          throw exception('ThrottlingException');
        },
        takesMs: this.#takesMs,
      });
    };
    return { send } as unknown as SSMClient;
  }

  /** What a person does at once. */
  write(name: string, value: string): void {
    this.#operations['PutParameter']?.({ Name: name, Value: value, Type: 'String', Tier: 'Standard', Overwrite: true });
  }

  #act(operation: string, input: Readonly<Record<string, unknown>>, by: Process): object {
    const served = this.#isGranted(operation);
    this.onCall(operation, by, served);
    if (!served) throw exception('ThrottlingException');
    if (operation === 'GetParameters') for (const name of input['Names'] as readonly string[]) this.onRead(name, by);
    const response = this.#operations[operation]?.(input);
    if (!response || 'raw' in response) throw new Error(`nobody plays ${operation}`);
    if ('error' in response) throw exception(response.error);
    if (operation === 'PutParameter') this.onWrite(String(input['Name']), by);
    return response.fields;
  }
}

/** A bucket for reads and one for writes, each of which holds what comes in within a second. */
function grantsOf({ reads, writes, now }: SsmQuota): (operation: string) => boolean {
  const bucketOf = (perSecond: number) => {
    let [left, at] = [perSecond, now()];
    return () => {
      left = Math.min(perSecond, left + ((now() - at) / 1000) * perSecond);
      at = now();
      if (left < 1) return false;
      left--;
      return true;
    };
  };
  const [read, write] = [bucketOf(reads), bucketOf(writes)];
  return (operation) => (operation.startsWith('Get') ? read() : write());
}

function exception(name: string): SSMServiceException {
  const facts = { message: name, $metadata: { httpStatusCode: 400 } };
  if (name === 'ParameterNotFound') return new ParameterNotFound(facts);
  if (name === 'ParameterAlreadyExists') return new ParameterAlreadyExists(facts);
  return new SSMServiceException({ name, $fault: 'client', ...facts });
}
