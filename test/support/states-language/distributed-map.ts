import { Execution, type Shared } from './execution.ts';
import { evaluate, isObject, MOST_BYTES, type Place, StateFailure } from './expressions.ts';
import { atOnce, maxConcurrency } from './inline-map.ts';
import type { FileAccess, State } from './machine.ts';

/** A file in S3, or a folder of files. */
interface Location {
  readonly Bucket: string;
  readonly path: string;
}

/** An item, and its execution. */
interface Child {
  readonly input: unknown;
  readonly execution: Execution;
  isStarted: boolean;
}

/** A map of which each item has an execution of its own, which sees no variables of this one and has a history of its own. */
export class DistributedMap {
  readonly #state: State;
  readonly #shared: Shared;
  readonly #children: Child[] = [];

  constructor(state: State, shared: Shared) {
    this.#state = state;
    this.#shared = shared;
  }

  /** Runs the executions that have not succeeded, and writes the results of all. */
  async run(at: Place): Promise<unknown> {
    const { Label = '', ItemProcessor, ToleratedFailurePercentage: tolerated = 0, ResultWriter } = this.#state;
    if (!ItemProcessor) throw new StateFailure('States.Runtime', 'no ItemProcessor');
    const { world, context } = this.#shared;
    if (this.#children.length === 0) {
      for (const [index, input] of (await this.#items(at)).entries()) {
        const execution = new Execution(ItemProcessor, `${Label}:${index}`, input, world);
        this.#children.push({ input, execution, isStarted: false });
      }
    }
    const most = await maxConcurrency(this.#state, at);
    const left = this.#children.filter(({ execution, isStarted }) => !isStarted || execution.failure);
    const isTolerated = () => (100 * this.#failed().length) / this.#children.length <= tolerated;
    await atOnce(left, most, async (child) => {
      // A child that is redriven still counts as failed, so the bound is looked at for those that have not begun.
      if (!isTolerated() && !child.isStarted) return;
      if (child.isStarted) {
        await child.execution.redrive();
      } else {
        child.isStarted = true;
        await child.execution.start();
      }
    });
    if (!ResultWriter) throw new StateFailure('States.Runtime', 'results go through a file here');
    const result = await this.#writeResults(ResultWriter, at, context.Execution.Name);
    if (isTolerated()) return result;
    throw new StateFailure('States.ExceedToleratedFailureThreshold', 'more items failed than are tolerated');
  }

  #failed() {
    return this.#children.filter(({ execution }) => execution.failure !== undefined);
  }

  async #items(at: Place): Promise<unknown[]> {
    const { ItemReader } = this.#state;
    if (ItemReader?.ReaderConfig?.InputType !== 'JSON' || !ItemReader.Resource.endsWith(':s3:getObject')) {
      throw new StateFailure('States.Runtime', 'items come from a file of JSON here');
    }
    const { Bucket, path } = await locationOf(ItemReader, at, 'Key');
    const text = this.#shared.world.objects.get(`${Bucket}/${path}`);
    const items: unknown = JSON.parse(text ?? 'null');
    if (!Array.isArray(items) || items.length === 0) {
      throw new StateFailure('States.ItemReaderFailed', `no items in ${Bucket}/${path}`);
    }
    const large = items.find((item) => Buffer.byteLength(JSON.stringify(item)) > MOST_BYTES);
    if (large !== undefined) throw new StateFailure('States.DataLimitExceeded', 'an item is too large');
    return items;
  }

  /** As Step Functions writes them: executions by their status, of which a manifest names the files. */
  async #writeResults(writer: FileAccess, at: Place, run: string): Promise<unknown> {
    const { Bucket, path } = await locationOf(writer, at, 'Prefix');
    const { objects } = this.#shared.world;
    const ResultFiles = Object.fromEntries(
      ['FAILED', 'PENDING', 'SUCCEEDED'].map((status) => {
        const children = this.#children.filter((child) => statusOf(child) === status);
        if (children.length === 0) return [status, []];
        const Key = `${path}/${run}/${status}_0.json`;
        objects.set(`${Bucket}/${Key}`, JSON.stringify(children.map((child) => resultOf(child, status))));
        return [status, [{ Key, Size: 1 }]];
      }),
    );
    const Key = `${path}/${run}/manifest.json`;
    objects.set(`${Bucket}/${Key}`, JSON.stringify({ DestinationBucket: Bucket, MapRunArn: run, ResultFiles }));
    return { MapRunArn: run, ResultWriterDetails: { Bucket, Key } };
  }
}

function statusOf({ execution, isStarted }: Child): 'PENDING' | 'FAILED' | 'SUCCEEDED' {
  if (!isStarted) return 'PENDING';
  return execution.failure ? 'FAILED' : 'SUCCEEDED';
}

function resultOf({ input, execution }: Child, Status: string): object {
  const { failure, output } = execution;
  return {
    Status,
    Input: JSON.stringify(input),
    ...(output !== undefined && { Output: JSON.stringify(output) }),
    ...(failure && { Error: failure.name, Cause: failure.message }),
  };
}

async function locationOf({ Arguments }: FileAccess, at: Place, field: 'Key' | 'Prefix'): Promise<Location> {
  const named: unknown = await evaluate(Arguments, at);
  if (!isObject(named) || typeof named['Bucket'] !== 'string' || typeof named[field] !== 'string') {
    throw new StateFailure('States.Runtime', `no bucket and ${field}`);
  }
  return { Bucket: named['Bucket'], path: named[field] };
}
