import { type Claiming, claimed } from '../checkpoint/claim.ts';
import type { Checkpoint, Claim } from '../checkpoint.ts';
import { errorText, hasCode, hasRecovery } from '../errors.ts';
import { unreadByBoth } from '../plan/history.ts';
import type { Patience, Ports } from '../ports.ts';
import { checkpointNow, type Progress } from './progress.ts';
import type { Stop } from './run.ts';

/**
 * A checkpoint is written no oftener than this during a run: SSM takes few writes a second per AWS account. While it takes too few for that,
 * runs write half as often, time after time, so that those that end are not kept waiting.
 */
const CHECKPOINT_EVERY_MS = 30_000;
const CHECKPOINT_SELDOM_MS = 8 * 60_000;

/** What checkpoints of a run are made from; all but ledger and tally stay the same while it goes on. */
export type RunProgress = Omit<Progress, 'planningNow' | 'now' | 'ended'>;

/** Keeps the durable record behind what a run has committed, and the run's claim in it, where it has one. */
export class Checkpointer {
  readonly #run: RunProgress;
  readonly #ports: Ports;
  readonly #claiming: Claiming | undefined;
  #writtenAt: number;
  #everyMs = CHECKPOINT_EVERY_MS;

  constructor(run: RunProgress, claiming: Claiming | undefined, ports: Ports) {
    this.#run = run;
    this.#claiming = claiming;
    this.#ports = ports;
    this.#writtenAt = ports.clock.now();
  }

  /**
   * Notes the claim before the first request, so that no other run begins. It rests on the record that the run has just read: to read it
   * once more would cost every run a call, and what another wrote within these milliseconds, reading again makes good.
   */
  async begin(): Promise<void> {
    const { base } = this.#run;
    const claiming = this.#claiming;
    if (!claiming) return;
    const noted = merged(this.#checkpoint(false), base);
    const isNoted = await this.#unlessBusy('the claim could not be noted, so another run may begin meanwhile', () =>
      write(claimed(noted, claiming), this.#ports, 'brief'),
    );
    if (!isNoted) this.#everyMs *= 2;
  }

  /** Told whenever more has become durable; writes when the last time is long enough ago. */
  async progressed(): Promise<void> {
    const now = this.#ports.clock.now();
    if (now - this.#writtenAt < this.#everyMs) return;
    this.#writtenAt = now;
    const isKept = await this.#unlessBusy('the checkpoint could not be written, which is tried again later', () =>
      keepCheckpoint(this.#checkpoint(false), this.#ports, { held: this.#claiming }, 'brief'),
    );
    this.#everyMs = isKept ? CHECKPOINT_EVERY_MS : Math.min(CHECKPOINT_SELDOM_MS, 2 * this.#everyMs);
  }

  /** Writes the last checkpoint of a run that stopped for this reason, drops the claim, and returns what was written. */
  async end(stop: Stop | undefined): Promise<Checkpoint> {
    const last = this.#checkpoint(judgesWindow(stop));
    await keepCheckpoint(last, this.#ports, { dropped: this.#claiming });
    return last;
  }

  /** Drops the claim of a run that broke off. */
  async abandon(): Promise<void> {
    if (this.#claiming) await dropClaim(this.#claiming, await this.#ports.checkpoints.read(), this.#ports);
  }

  /** Nothing but cost depends on what is written before the end; what a person has to put right would fail the end too. */
  async #unlessBusy(message: string, act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      if (!hasRecovery(error, 'retry')) throw error;
      const { definition, tenant } = this.#run.settings;
      const seen = error instanceof Error ? errorText(error) : 'unknown';
      this.#ports.observe({ event: 'warning', message: `${definition.stream} of ${tenant}: ${message}: ${seen}` });
      return false;
    }
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
export async function keepCheckpoint(
  checkpoint: Checkpoint,
  ports: Ports,
  { held, dropped }: ClaimNow,
  patience?: Patience,
): Promise<void> {
  const { checkpoint: there, rewind } = await ports.checkpoints.readWithRewind();
  if (Math.max(there?.epoch ?? 0, rewind?.epoch ?? 0) > checkpoint.epoch) {
    if (dropped) await dropClaim(dropped, there, ports);
    return;
  }
  const claim = held ?? othersClaim(there, dropped, ports.clock.now());
  await write(claimed(merged(checkpoint, there), claim), ports, patience);
}

/** What to write over the record that is there. */
function merged(checkpoint: Checkpoint, there: Checkpoint | undefined): Checkpoint {
  const other = there?.epoch === checkpoint.epoch ? there : undefined;
  const watermark = Math.max(checkpoint.watermark, other?.watermark ?? checkpoint.watermark);
  // A first load that is behind owes no re-read yet, but the other may.
  const rereadFrom = checkpoint.rereadFrom ?? other?.rereadFrom;
  const { history: own, ...moved } = { ...checkpoint, watermark, ...(rereadFrom === undefined ? {} : { rereadFrom }) };
  const history = other ? unreadByBoth(checkpoint, other) : own;
  return { ...moved, ...(history && { history }) };
}

async function write(checkpoint: Checkpoint, ports: Ports, patience: Patience | undefined): Promise<void> {
  await ports.checkpoints.write(checkpoint, patience);
  ports.observe({ event: 'checkpoint', watermark: checkpoint.watermark });
}

/** Drops one's own claim from a record that is otherwise left as it is. */
async function dropClaim(
  { run }: Claiming,
  there: Checkpoint | undefined,
  { checkpoints }: Pick<Ports, 'checkpoints'>,
): Promise<void> {
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
