/** Lives histories for its parent, one after the other, with the mutant that its environment names (apply.ts). */
import { live } from '../faults/history/history.ts';
import { planHistory } from '../faults/history/plan.ts';

/** A history to be lived. Without `checks` nothing is ever found wrong. */
export interface HistoryRequest {
  readonly seed: number;
  readonly checks: boolean;
}

/** What became of it; `broken` is undefined where the promise held. */
export interface HistoryReply {
  readonly seed: number;
  readonly broken: string | undefined;
}

process.on('message', async ({ seed, checks }: HistoryRequest) => {
  const { broken } = await live(planHistory(seed), { checks });
  process.send?.({ seed, broken } satisfies HistoryReply);
});
process.on('disconnect', () => process.exit());
