import type { Checkpoint, Claim } from '../checkpoint.ts';
import { MOST_SKEW_MS } from './clock-ahead.ts';

/** A claim that a run is to take, by the host that starts runs. */
export interface Claiming extends Claim {
  /** The holder that this run continues, whose claim does not stop it. */
  readonly continues?: string | undefined;
}

/**
 * What a claim in the checkpoint means to a run that begins at `now` (real, epoch ms):
 * `free` - no claim, or that of the run being continued, which ended well;
 * `taken` - another run's, which is at work;
 * `left` - its holder was killed, since a run that ends drops it. A run's own claim is such a one too: Lambda tries a killed invocation
 * again under the same id. So is, to a run that would be skipped, one that reaches farther than any run lasts: the clock that it was
 * noted by was ahead, and nothing would be read until then.
 */
export function standing(
  claim: Claim | undefined,
  claiming: Claiming | undefined,
  now: number,
): 'free' | 'taken' | 'left' {
  if (!claim || claim.run === claiming?.continues) return 'free';
  const latest = claiming ? now + MOST_SKEW_MS : Number.POSITIVE_INFINITY;
  const isAtWork = claim.until > now && claim.until < latest;
  return isAtWork && claim.run !== claiming?.run ? 'taken' : 'left';
}

/** The checkpoint with this claim and no other. */
export function claimed(checkpoint: Checkpoint, claim: Claim | undefined): Checkpoint {
  const { claim: _, ...free } = checkpoint;
  return claim ? { ...free, claim: { run: claim.run, until: claim.until } } : free;
}
