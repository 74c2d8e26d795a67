import { type Claiming, claimed } from '../checkpoint/claim.ts';
import type { Checkpoint, Claim } from '../checkpoint.ts';
import type { Ports } from '../ports.ts';

/** Whose claim goes with a checkpoint: `held` while its run goes on, `dropped` at its end. Neither for a run without one. */
export interface ClaimNow {
  readonly held?: Claiming | undefined;
  readonly dropped?: Claiming | undefined;
}

/**
 * Writes a checkpoint. Two runs may write in turn: neither takes the watermark of the same epoch back, nor undoes a rewind, nor
 * drops the claim of another that is at work, if it can see it.
 */
export async function keepCheckpoint(checkpoint: Checkpoint, ports: Ports, { held, dropped }: ClaimNow): Promise<void> {
  const { checkpoints, clock, observe } = ports;
  const there = await checkpoints.read();
  const rewind = await checkpoints.readRewind();
  if (Math.max(there?.epoch ?? 0, rewind?.epoch ?? 0) > checkpoint.epoch) {
    if (dropped) await dropClaim(dropped, ports);
    return;
  }
  const other = there?.epoch === checkpoint.epoch ? there : undefined;
  const watermark = Math.max(checkpoint.watermark, other?.watermark ?? checkpoint.watermark);
  // A first load that is behind owes no re-read yet, but the other may.
  const rereadFrom = checkpoint.rereadFrom ?? other?.rereadFrom;
  const moved = { ...checkpoint, watermark, ...(rereadFrom === undefined ? {} : { rereadFrom }) };
  await checkpoints.write(claimed(moved, held ?? othersClaim(there, dropped, clock.now())));
  observe({ event: 'checkpoint', watermark });
}

/** Drops one's own claim from a record that is otherwise left as it is. */
export async function dropClaim({ run }: Claiming, { checkpoints }: Pick<Ports, 'checkpoints'>): Promise<void> {
  const there = await checkpoints.read();
  if (there?.claim?.run === run) await checkpoints.write(claimed(there, undefined));
}

function othersClaim(there: Checkpoint | undefined, own: Claiming | undefined, now: number): Claim | undefined {
  const claim = there?.claim;
  return claim && claim.run !== own?.run && claim.until > now ? claim : undefined;
}
