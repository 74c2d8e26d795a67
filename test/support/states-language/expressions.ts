import jsonata from 'jsonata';

/** What a state's expressions see. */
export interface Place {
  readonly input: unknown;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: unknown;
  readonly result?: unknown;
  readonly errorOutput?: unknown;
}

/** What a state, and with it an execution, fails of, under the names of Step Functions. */
export class StateFailure extends Error {
  override readonly name: string;

  /** @param message what Step Functions calls the cause */
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }

  /** Whether States.ALL leaves it alone, so that neither retriers nor catchers help. */
  get isFinal(): boolean {
    return this.name === 'States.Runtime' || this.name === 'States.DataLimitExceeded';
  }
}

/** Step Functions' own quota for what passes between states, bytes of UTF-8. */
export const MOST_BYTES = 262_144;

const compiled = new Map<string, ReturnType<typeof jsonata>>();

/** A value with the expressions in it evaluated, at any depth, by JSONata's own implementation in the version that Step Functions names. */
export async function evaluate(value: unknown, at: Place): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((one) => evaluate(one, at)));
  if (isObject(value)) {
    const entries = Object.entries(value).map(async ([name, one]) => [name, await evaluate(one, at)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }
  const [, expression] = typeof value === 'string' ? (/^\{%(.*)%\}$/s.exec(value) ?? []) : [];
  if (expression === undefined) return value;
  const { variables, ...states } = at;
  const found: unknown = await compile(expression).evaluate(undefined, { ...variables, states });
  if (found === undefined) throw new StateFailure('States.QueryEvaluationError', `${expression.trim()} is undefined`);
  return copied(found);
}

function compile(expression: string): ReturnType<typeof jsonata> {
  const found = compiled.get(expression) ?? jsonata(expression);
  compiled.set(expression, found);
  return found;
}

/** What passes between states is JSON text, and not too long. */
export function copied(value: unknown): unknown {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > MOST_BYTES) {
    throw new StateFailure('States.DataLimitExceeded', `${text.slice(0, 80)}…`);
  }
  return JSON.parse(text);
}

/** Whether its fields can be looked at. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
