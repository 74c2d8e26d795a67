import { ParameterAlreadyExists, ParameterNotFound, type SSMClient, SSMServiceException } from '@aws-sdk/client-ssm';
import { parameterOperations, type StoredParameter } from '../../support/aws/fake-aws-json.ts';
import type { Process, Wire } from './wire.ts';

/** SSM Parameter Store behind the AWS SDK's `send`. */
export class SimulatedSsm {
  readonly parameters = new Map<string, StoredParameter>();
  readonly #operations = parameterOperations(this.parameters);
  readonly #wire: Wire;
  readonly #takesMs: number;
  /** Told of every parameter that is read, whether there is one or not. */
  onRead: (name: string, by: Process) => void = () => undefined;
  /** Told of every parameter that was just written. */
  onWrite: (name: string, by: Process) => void = () => undefined;

  constructor(wire: Wire, takesMs: number) {
    this.#wire = wire;
    this.#takesMs = takesMs;
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
    if (operation === 'GetParameter') this.onRead(String(input['Name']), by);
    const response = this.#operations[operation]?.(input);
    if (!response || 'raw' in response) throw new Error(`nobody plays ${operation}`);
    if ('error' in response) throw exception(response.error);
    if (operation === 'PutParameter') this.onWrite(String(input['Name']), by);
    return response.fields;
  }
}

function exception(name: string): SSMServiceException {
  const facts = { message: name, $metadata: { httpStatusCode: 400 } };
  if (name === 'ParameterNotFound') return new ParameterNotFound(facts);
  if (name === 'ParameterAlreadyExists') return new ParameterAlreadyExists(facts);
  return new SSMServiceException({ name, $fault: 'client', ...facts });
}
