/** Lives histories for its parent, one after the other, with the mutant that its environment names (apply.ts). */
import { live } from '../faults/history/history.ts';
import { planHistory } from '../faults/history/plan.ts';

/** A history to be lived. Without `checks` nothing is ever found wrong. */
export interface Asked {
  readonly seed: number;
  readonly checks: boolean;
}

/** What became of it; `broken` is undefined where the promise held. */
export interface Answered {
  readonly seed: number;
  readonly broken: string | undefined;
}

process.on('message', async ({ seed, checks }: Asked) => {
  const { broken } = await live(planHistory(seed), { checks });
  process.send?.({ seed, broken } satisfies Answered);
});
process.on('disconnect', () => process.exit());
