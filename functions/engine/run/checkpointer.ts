import { type Claiming, claimed } from '../checkpoint/claim.ts';
import type { Checkpoint, Claim } from '../checkpoint.ts';
import { hasCode, hasRecovery } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { checkpointNow, type Progress } from './progress.ts';
import type { Stop } from './run.ts';

/** A checkpoint is written no oftener than this during a run: SSM takes few writes a second per AWS account. */
const CHECKPOINT_EVERY_MS = 30_000;

/** What checkpoints of a run are made from; all but ledger and tally stay the same while it goes on. */
export type RunProgress = Omit<Progress, 'planningNow' | 'now' | 'ended'>;

/** Keeps the durable record behind what a run has committed, and the run's claim in it, where it has one. */
export class Checkpointer {
  readonly #run: RunProgress;
  readonly #ports: Ports;
  readonly #claiming: Claiming | undefined;
  #writtenAt: number;

  constructor(run: RunProgress, claiming: Claiming | undefined, ports: Ports) {
    this.#run = run;
    this.#claiming = claiming;
    this.#ports = ports;
    this.#writtenAt = ports.clock.now();
  }

  /** Notes the claim before the first request, so that no other run begins. */
  async begin(): Promise<void> {
    if (this.#claiming) await keepCheckpoint(this.#checkpoint(false), this.#ports, { held: this.#claiming });
  }

  /** Told whenever more has become durable; writes when the last time is long enough ago. */
  async progressed(): Promise<void> {
    const now = this.#ports.clock.now();
    if (now - this.#writtenAt < CHECKPOINT_EVERY_MS) return;
    this.#writtenAt = now;
    await keepCheckpoint(this.#checkpoint(false), this.#ports, { held: this.#claiming });
  }

  /** Writes the last checkpoint of a run that stopped for this reason, drops the claim, and returns what was written. */
  async end(stop: Stop | undefined): Promise<Checkpoint> {
    const last = this.#checkpoint(judgesWindow(stop));
    await keepCheckpoint(last, this.#ports, { dropped: this.#claiming });
    return last;
  }

  /** Drops the claim of a run that broke off. */
  async abandon(): Promise<void> {
    if (this.#claiming) await dropClaim(this.#claiming, this.#ports);
  }

  #checkpoint(ended: boolean): Checkpoint {
    const { clock } = this.#ports;
    return checkpointNow({ ...this.#run, planningNow: clock.planningNow(), now: clock.now(), ended });
  }
}

/** Whose claim goes with a checkpoint: `held` while its run goes on, `dropped` at its end. Neither for a run without one. */
interface ClaimNow {
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
async function dropClaim({ run }: Claiming, { checkpoints }: Pick<Ports, 'checkpoints'>): Promise<void> {
  const there = await checkpoints.read();
  if (there?.claim?.run === run) await checkpoints.write(claimed(there, undefined));
}

function othersClaim(there: Checkpoint | undefined, own: Claiming | undefined, now: number): Claim | undefined {
  const claim = there?.claim;
  return claim && claim.run !== own?.run && claim.until > now ? claim : undefined;
}

/** A refused credential, or a lake that cannot be reached, says nothing about how large a window fits. */
function judgesWindow(stop: Stop | undefined): boolean {
  if (stop?.by !== 'error') return true;
  const ofTheLake = (['lake-unavailable', 'commit-contended', 'checkpoint-unreadable'] as const).some((code) =>
    hasCode(stop.error, code),
  );
  return !ofTheLake && !hasRecovery(stop.error, 'stop-stream');
}
