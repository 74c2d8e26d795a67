import { type Shared, StateSequence } from './execution.ts';
import { copied, evaluate, type Place, StateFailure } from './expressions.ts';
import type { State } from './machine.ts';

/** Inline maps have no more iterations at the same time, whatever they say. */
const MOST_AT_ONCE = 40;

/** A map whose iterations are part of its own execution: they see its variables, and one that fails ends it. */
export class InlineMap {
  readonly #state: State;
  readonly #shared: Shared;
  readonly #iterations: { readonly states: StateSequence; ended?: { readonly output: unknown } }[] = [];
  #isEntered = false;

  constructor(state: State, shared: Shared) {
    this.#state = state;
    this.#shared = shared;
  }

  /** Runs the iterations that have not ended well. */
  async run(at: Place): Promise<unknown> {
    const { Items, ItemProcessor } = this.#state;
    if (!ItemProcessor) throw new StateFailure('States.Runtime', 'no ItemProcessor');
    if (!this.#isEntered) {
      const items: unknown = await evaluate(Items, at);
      if (!Array.isArray(items)) throw new StateFailure('States.QueryEvaluationError', 'Items is not an array');
      for (const item of items) {
        this.#iterations.push({ states: new StateSequence(ItemProcessor, item, at.variables, this.#shared) });
      }
      this.#isEntered = true;
    }
    const most = await maxConcurrency(this.#state, at);
    this.#shared.count(2); // started, and how it ended
    const failures: unknown[] = [];
    const left = this.#iterations.filter(({ ended }) => ended === undefined);
    await atOnce(left, Math.min(most, MOST_AT_ONCE), async (iteration) => {
      if (failures.length > 0) return;
      this.#shared.count(2);
      try {
        iteration.ended = { output: await iteration.states.run() };
      } catch (error) {
        failures.push(error);
      }
    });
    if (failures.length > 0) throw failures[0];
    return copied(this.#iterations.map(({ ended }) => ended?.output ?? null));
  }
}

/** How many iterations run at the same time; infinite for 0, which means no bound. */
export async function maxConcurrency({ MaxConcurrency = 0 }: State, at: Place): Promise<number> {
  const most: unknown = await evaluate(MaxConcurrency, at);
  if (typeof most !== 'number' || !Number.isSafeInteger(most) || most < 0) {
    throw new StateFailure('States.QueryEvaluationError', 'MaxConcurrency is not a whole number');
  }
  return most === 0 ? Number.POSITIVE_INFINITY : most;
}

/** Does the work for all, some at the same time. */
export async function atOnce<T>(all: readonly T[], most: number, work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  const worker = async () => {
    for (const one of left) await work(one);
  };
  await Promise.all(Array.from({ length: Math.min(most, all.length) }, worker));
}
