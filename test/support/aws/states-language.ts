import jsonata from 'jsonata';

/** A state machine in Amazon States Language with JSONata. */
export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** A state, as far as convlake's definitions need one. */
export interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Resource?: string;
  readonly Arguments?: unknown;
  readonly Output?: unknown;
  readonly Assign?: unknown;
  readonly Retry?: readonly Retrier[];
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string }[];
  readonly Default?: string;
  readonly Label?: string;
  readonly Items?: unknown;
  readonly MaxConcurrency?: unknown;
  readonly ToleratedFailurePercentage?: number;
  readonly ItemProcessor?: Machine;
  readonly Error?: string;
  readonly Cause?: string;
}

interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly MaxAttempts?: number;
}

/** Invokes a function. An error that is thrown fails the task under its name. */
export type Invoke = (functionName: string, payload: unknown) => Promise<unknown>;

interface Place {
  readonly input: unknown;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
}

/** Step Functions' own quota for what passes between states, bytes of UTF-8. */
const MOST_BYTES = 262_144;
/** Step Functions ends an execution at 25,000 events, of which a task leaves five and another state two. */
const MOST_STATES = 6_000;

/** What a field may be in; a field that this interpreter would pass over is refused, or a test would prove less than it says. */
const known: Readonly<Record<string, readonly (keyof State)[]>> = {
  Task: ['Resource', 'Arguments', 'Retry', 'Assign', 'Output', 'Next', 'End'],
  Pass: ['Assign', 'Output', 'Next', 'End'],
  Choice: ['Choices', 'Default'],
  Map: ['Label', 'Items', 'MaxConcurrency', 'ToleratedFailurePercentage', 'ItemProcessor', 'Output', 'End', 'Next'],
  Succeed: ['Output'],
  Fail: ['Error', 'Cause'],
};

/**
 * Executes a state machine as Step Functions does, but waits for no retry; its expressions go through JSONata's own
 * implementation, in the version that Step Functions names.
 * @throws Error named as Step Functions would name it
 */
export async function execute(machine: Machine, input: unknown, invoke: Invoke): Promise<unknown> {
  let at: Place = { input: copied(input), variables: {} };
  let name = machine.StartAt;
  for (let entered = 0; entered < MOST_STATES; entered++) {
    const state = machine.States[name];
    if (!state) throw failure('States.Runtime', `there is no state ${name}`);
    refuseUnknown(name, state);
    const there = { ...at, ...(await act(state, at, invoke)) };
    const output = state.Output === undefined ? (there.result ?? at.input) : await evaluate(state.Output, there);
    const assigned = Object.entries((await evaluate(state.Assign ?? {}, there)) ?? {});
    const next = state.Type === 'Choice' ? await chosen(state, at) : state.Next;
    if (next === undefined) return output;
    at = { input: output, variables: { ...at.variables, ...Object.fromEntries(assigned) } };
    name = next;
  }
  throw failure('States.Runtime', 'the history is too long');
}

async function act(state: State, at: Place, invoke: Invoke): Promise<{ readonly result?: unknown }> {
  if (state.Type === 'Fail') throw failure(state.Error ?? '', state.Cause ?? '');
  if (state.Type === 'Task') return { result: await retried(state.Retry ?? [], () => invoked(state, at, invoke)) };
  if (state.Type === 'Map') return { result: await mapped(state, at, invoke) };
  return {};
}

async function invoked({ Arguments, Resource }: State, at: Place, invoke: Invoke): Promise<unknown> {
  if (Resource !== 'arn:aws:states:::lambda:invoke') throw failure('States.Runtime', `no resource ${Resource}`);
  const asked: unknown = await evaluate(Arguments, at);
  if (!isObject(asked) || typeof asked['FunctionName'] !== 'string') throw failure('States.Runtime', 'no function');
  return copied({ StatusCode: 200, Payload: await invoke(asked['FunctionName'], asked['Payload']) });
}

async function retried<T>(retriers: readonly Retrier[], task: () => Promise<T>): Promise<T> {
  const tries = new Map<Retrier, number>();
  for (;;) {
    try {
      return await task();
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      const retrier = retriers.find(({ ErrorEquals }) =>
        ErrorEquals.some((one) => one === name || one === 'States.ALL'),
      );
      const made = retrier ? (tries.get(retrier) ?? 0) : 0;
      if (!retrier || made >= (retrier.MaxAttempts ?? 3)) throw error;
      tries.set(retrier, made + 1);
    }
  }
}

/** A distributed map: each item has an execution of its own, which sees no variables of this one. */
async function mapped(state: State, at: Place, invoke: Invoke): Promise<unknown> {
  const items: unknown = await evaluate(state.Items, at);
  if (!Array.isArray(items)) throw failure('States.QueryEvaluationError', 'Items is not an array');
  const most: unknown = await evaluate(state.MaxConcurrency, at);
  if (!Number.isSafeInteger(most) || Number(most) < 0) {
    throw failure('States.QueryEvaluationError', 'MaxConcurrency is not a whole number');
  }
  if (!state.ItemProcessor) throw failure('States.Runtime', 'no ItemProcessor');
  const { ItemProcessor: inner, ToleratedFailurePercentage: tolerated = 0 } = state;
  if (tolerated !== 0) throw failure('States.Runtime', 'tolerated failures are not known here');
  const results: unknown[] = [];
  const failures: unknown[] = [];
  const left = items.entries();
  const takeItems = async () => {
    for (const [index, item] of left) {
      if (failures.length > 0) return;
      try {
        results[index] = await execute(inner, item, invoke);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  // No concurrency means no bound.
  await Promise.all(Array.from({ length: Math.min(Number(most) || items.length, items.length) }, takeItems));
  if (failures.length === 0) return copied(results);
  throw failure('States.ExceedToleratedFailureThreshold', 'an item failed', failures[0]);
}

async function chosen({ Choices = [], Default }: State, at: Place): Promise<string> {
  for (const { Condition, Next } of Choices) {
    const holds: unknown = await evaluate(Condition, at);
    if (typeof holds !== 'boolean')
      throw failure('States.QueryEvaluationError', `${Condition} is neither true nor false`);
    if (holds) return Next;
  }
  if (Default === undefined) throw failure('States.NoChoiceMatched', 'no choice fits');
  return Default;
}

/** A value with the expressions in it evaluated, at any depth. */
async function evaluate(value: unknown, at: Place): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((one) => evaluate(one, at)));
  if (isObject(value)) {
    const entries = Object.entries(value).map(async ([name, one]) => [name, await evaluate(one, at)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }
  const [, expression] = typeof value === 'string' ? (/^\{%(.*)%\}$/s.exec(value) ?? []) : [];
  if (expression === undefined) return value;
  const states = { input: at.input, ...('result' in at && { result: at.result }) };
  const found: unknown = await jsonata(expression).evaluate(undefined, { ...at.variables, states });
  if (found === undefined) throw failure('States.QueryEvaluationError', `${expression.trim()} is undefined`);
  return copied(found);
}

/** What passes between states is JSON text, and not too long. */
function copied(value: unknown): unknown {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > MOST_BYTES) throw failure('States.DataLimitExceeded', `${text.slice(0, 80)}…`);
  return JSON.parse(text);
}

function refuseUnknown(name: string, { Type, ...fields }: State): void {
  const unknown = Object.keys(fields).filter((field) => !known[Type]?.some((one) => one === field));
  if (!known[Type] || unknown.length > 0)
    throw new Error(`${name}: ${Type} with ${unknown.join(', ')} is not known here`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function failure(name: string, cause: string, inner?: unknown): Error {
  return Object.assign(new Error(cause, { cause: inner }), { name });
}
