import { isoInstant } from '../../../contract/instant.ts';
import { beginningOf } from '../checkpoint/beginning.ts';
import type { Checkpoint } from '../checkpoint.ts';
import type { Ports } from '../ports.ts';
import type { StreamSettings } from '../settings.ts';

/**
 * Where a live run begins; undefined for a first run.
 * @throws ConvlakeError `checkpoint-unreadable`; `configuration-invalid` for a record of another lake; `clock-ahead` for a
 * watermark in the future
 */
export async function readBeginning(
  settings: StreamSettings,
  { checkpoints, clock, observe }: Ports,
): Promise<Checkpoint | undefined> {
  const base = beginningOf(await checkpoints.readWithRewind(), settings, clock.planningNow());
  if (!base) return undefined;
  if (base.start > settings.startMs)
    observe({ event: 'warning', message: earlierStart(settings, base, clock.planningNow()) });
  return base;
}

/** The warning of a run that goes on although another is at work. */
export function otherRunWarning({ definition, tenant }: StreamSettings, { claim }: Checkpoint): string {
  const until = claim ? ` until ${isoInstant(claim.until)} at the latest` : '';
  return `${definition.stream} of ${tenant}: another run is at work${until}; this one goes on all the same, which costs requests and loses nothing`;
}

function earlierStart({ definition, tenant, startMs }: StreamSettings, { start }: Checkpoint, now: number): string {
  // No backfill reaches into the future, and a start that lay there was not always refused.
  const [from, to] = [startMs, Math.floor(Math.min(start, now) / 1000) * 1000].map(isoInstant);
  return `${definition.stream} of ${tenant}: start was moved back, but the export began at ${to}; read the rest with: convlake backfill --stream ${definition.stream} --tenant ${tenant} --from ${from} --to ${to}`;
}
