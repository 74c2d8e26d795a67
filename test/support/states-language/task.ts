import { copied, evaluate, isObject, type Place, StateFailure } from './expressions.ts';
import type { Retrier, State } from './machine.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Invokes a function. An error that is thrown fails the task under its name. */
export type Invoke = (functionName: string, payload: unknown) => Promise<unknown>;

/** What tasks need of the world. */
export interface TaskWorld {
  readonly invoke: Invoke;
  readonly clock: VirtualClock;
  /** Uniform in [0, 1): what full jitter makes of a wait. */
  readonly random: () => number;
}

/**
 * Carries out a task, again as often as its retriers say. `placeAt` gives what its expressions see at a number of retries, `count` takes
 * the events that each try adds to the history.
 */
export async function carryOut(
  state: State,
  placeAt: (retries: number) => Place,
  world: TaskWorld,
  count: (events: number) => void,
): Promise<{ readonly result: unknown; readonly retries: number }> {
  const attempts = new Map<Retrier, number>();
  for (let retries = 0; ; retries++) {
    count(3); // scheduled, started, and how it ended
    try {
      return { result: await invoked(state, placeAt(retries), world), retries };
    } catch (thrown) {
      const failure = failureOf(thrown);
      const retrier = (state.Retry ?? []).find(({ ErrorEquals }) => matches(ErrorEquals, failure));
      const made = retrier ? (attempts.get(retrier) ?? 0) : 0;
      if (!retrier || made >= (retrier.MaxAttempts ?? 3)) throw failure;
      attempts.set(retrier, made + 1);
      await world.clock.sleep(delayMs(retrier, made, world.random));
    }
  }
}

/** Whether a retrier or a catcher is for a failure. */
export function matches(errorEquals: readonly string[], failure: StateFailure): boolean {
  return errorEquals.some((one) => one === failure.name || (one === 'States.ALL' && !failure.isFinal));
}

/** What was thrown as Step Functions would tell it. Of a function's error Lambda makes an object as text. */
export function failureOf(thrown: unknown): StateFailure {
  if (thrown instanceof StateFailure) return thrown;
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  const cause = JSON.stringify({ errorType: name, errorMessage: message, trace: [`${name}: ${message}`] });
  return new StateFailure(name, name.startsWith('Lambda.') ? message : cause);
}

function delayMs(retrier: Retrier, made: number, random: () => number): number {
  const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY, JitterStrategy } = retrier;
  const seconds = Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** made);
  return 1000 * seconds * (JitterStrategy === 'FULL' ? random() : 1);
}

async function invoked({ Arguments, Resource }: State, at: Place, { invoke }: TaskWorld): Promise<unknown> {
  if (Resource !== 'arn:aws:states:::lambda:invoke')
    throw new StateFailure('States.Runtime', `no resource ${Resource}`);
  const asked: unknown = await evaluate(Arguments, at);
  if (!isObject(asked) || typeof asked['FunctionName'] !== 'string') {
    throw new StateFailure('States.Runtime', 'no function');
  }
  return copied({ StatusCode: 200, Payload: await invoke(asked['FunctionName'], copied(asked['Payload'])) });
}
