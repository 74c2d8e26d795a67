import { DistributedMap } from './distributed-map.ts';
import { copied, evaluate, type Place, StateFailure } from './expressions.ts';
import { InlineMap } from './inline-map.ts';
import { type Machine, refuseUnknown, type State } from './machine.ts';
import { carryOut, failureOf, matches, type TaskWorld } from './task.ts';

/** What executions need of the world. */
export interface World extends TaskWorld {
  /** Objects in S3, by `<bucket>/<key>`. */
  readonly objects: Map<string, string>;
}

/** What all states of one execution share. */
export interface Shared {
  readonly world: World;
  readonly context: { readonly Execution: { readonly Name: string; readonly Input: unknown; RedriveCount: number } };
  /** Takes events of the history, which may not have more than 25,000 of them. */
  readonly count: (events: number) => void;
}

/** A map that has been entered: its iterations are kept, for a redrive runs only those again that did not end well. */
interface EnteredMap {
  run(at: Place): Promise<unknown>;
}

/**
 * The states of a machine, or of an iteration of an inline map, one after the other. What fails leaves its state entered and not
 * exited; running again goes on there, with the same input and variables, as a redrive does.
 */
export class StateSequence {
  readonly #machine: Machine;
  readonly #shared: Shared;
  #name: string;
  #input: unknown;
  #variables: Readonly<Record<string, unknown>>;
  #map: EnteredMap | undefined;

  constructor(machine: Machine, input: unknown, variables: Readonly<Record<string, unknown>>, shared: Shared) {
    this.#machine = machine;
    this.#shared = shared;
    this.#name = machine.StartAt;
    this.#input = copied(input);
    this.#variables = variables;
  }

  /** Runs to the end. @throws StateFailure */
  async run(): Promise<unknown> {
    for (;;) {
      const state = this.#machine.States[this.#name];
      if (!state) throw new StateFailure('States.Runtime', `there is no state ${this.#name}`);
      refuseUnknown(this.#name, state);
      this.#shared.count(2); // entered and exited
      const { output, next, variables } = await this.#take(state);
      this.#map = undefined;
      if (next === undefined) return output;
      this.#variables = { ...this.#variables, ...variables };
      this.#input = output;
      this.#name = next;
    }
  }

  async #take(state: State): Promise<{ output: unknown; next: string | undefined; variables: object }> {
    try {
      const there = await this.#act(state);
      const output = state.Output === undefined ? (there.result ?? there.input) : await evaluate(state.Output, there);
      const variables: unknown = await evaluate(state.Assign ?? {}, there);
      const next = state.Type === 'Choice' ? await chosen(state, there) : state.Next;
      return { output, next, variables: { ...(variables as object) } };
    } catch (thrown) {
      const failure = failureOf(thrown);
      const catcher = state.Catch?.find(({ ErrorEquals }) => matches(ErrorEquals, failure));
      if (!catcher) throw failure;
      const errorOutput = { Error: failure.name, Cause: failure.message };
      const place = { ...this.#place(), errorOutput };
      const output = catcher.Output === undefined ? errorOutput : await evaluate(catcher.Output, place);
      return { output, next: catcher.Next, variables: {} };
    }
  }

  async #act(state: State): Promise<Place> {
    if (state.Type === 'Task') {
      const { world, count } = this.#shared;
      const { result, retries } = await carryOut(state, (retry) => this.#place(retry), world, count);
      return { ...this.#place(retries), result };
    }
    if (state.Type === 'Fail') throw new StateFailure(state.Error ?? '', state.Cause ?? '');
    if (state.Type !== 'Map') return this.#place();
    this.#map ??=
      state.ItemProcessor?.ProcessorConfig.Mode === 'INLINE'
        ? new InlineMap(state, this.#shared)
        : new DistributedMap(state, this.#shared);
    return { ...this.#place(), result: await this.#map.run(this.#place()) };
  }

  #place(retries = 0): Place {
    const context = { ...this.#shared.context, State: { Name: this.#name, RetryCount: retries } };
    return { input: this.#input, variables: this.#variables, context };
  }
}

/** Of one start of a state machine, or of one item of a distributed map. */
export class Execution {
  readonly #sequence: StateSequence;
  readonly #shared: Shared;
  #events = 0;
  /** What became of it last. */
  failure: StateFailure | undefined;
  output: unknown;

  constructor(machine: Machine, name: string, input: unknown, world: World) {
    this.#shared = {
      world,
      context: { Execution: { Name: name, Input: input, RedriveCount: 0 } },
      count: (events) => {
        this.#events += events;
        if (this.#events > MOST_EVENTS) throw new StateFailure('States.Runtime', 'the history is too long');
      },
    };
    this.#sequence = new StateSequence(machine, input, {}, this.#shared);
  }

  /** Events in its history. */
  get events(): number {
    return this.#events;
  }

  /** Runs it until it ends, well or not. */
  async start(): Promise<this> {
    this.failure = undefined;
    try {
      this.output = await this.#sequence.run();
    } catch (thrown) {
      if (!(thrown instanceof StateFailure)) throw thrown;
      this.failure = thrown;
    }
    return this;
  }

  /** Goes on where it failed. @throws Error for one that ended well, as Step Functions refuses that */
  redrive(): Promise<this> {
    if (!this.failure) throw new Error('ExecutionNotRedrivable: it has not failed');
    this.#shared.context.Execution.RedriveCount++;
    return this.start();
  }
}

/** Step Functions ends an execution there. */
const MOST_EVENTS = 25_000;

async function chosen({ Choices = [], Default }: State, at: Place): Promise<string> {
  for (const { Condition, Next } of Choices) {
    const holds: unknown = await evaluate(Condition, at);
    if (typeof holds !== 'boolean') {
      throw new StateFailure('States.QueryEvaluationError', `${Condition} is neither true nor false`);
    }
    if (holds) return Next;
  }
  if (Default === undefined) throw new StateFailure('States.NoChoiceMatched', 'no choice fits');
  return Default;
}
