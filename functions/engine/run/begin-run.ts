import { isoInstant } from '../../../contract/instant.ts';
import { refuseClockAhead } from '../checkpoint/clock-ahead.ts';
import { rewound } from '../checkpoint/rewind.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { ConvlakeError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import type { StreamSettings } from '../settings.ts';

/**
 * Where a live run begins; undefined for a first run.
 * @throws ConvlakeError `checkpoint-unreadable`; `configuration-invalid` for the checkpoint of another lake; `clock-ahead` for a
 * watermark in the future
 */
export async function readBeginning(
  settings: StreamSettings,
  { checkpoints, clock, observe }: Ports,
): Promise<Checkpoint | undefined> {
  const base = rewound(await checkpoints.read(), await checkpoints.readRewind(), settings);
  if (!base) return undefined;
  refuseOtherLake(settings, base);
  refuseClockAhead(base, settings, clock.planningNow());
  if (base.start > settings.startMs) observe({ event: 'warning', message: earlierStart(settings, base) });
  return base;
}

/** The warning of a run that goes on although another is at work. */
export function otherRunWarning({ definition, tenant }: StreamSettings, { claim }: Checkpoint): string {
  const until = claim ? ` until ${isoInstant(claim.until)} at the latest` : '';
  return `${definition.stream} of ${tenant}: another run is at work${until}; this one goes on all the same, which costs requests and loses nothing`;
}

/** In a bucket checkpoints do not move with the lake: rows below the watermark would be missing from a new one. */
function refuseOtherLake({ definition, tenant, lake, startMs }: StreamSettings, base: Checkpoint): void {
  if (base.lake === lake || !lake.startsWith('s3://')) return;
  // A rewind never goes past the watermark, and `start` may have been set to later than that since.
  const to = isoInstant(Math.floor(Math.min(startMs, base.watermark) / 1000) * 1000);
  throw new ConvlakeError(
    'configuration-invalid',
    'stop-stream',
    `${definition.stream} of ${tenant}: the checkpoint is that of another lake, ${base.lake}, and this is ${lake}; name that one again, or read everything into this one: convlake rewind --stream ${definition.stream} --tenant ${tenant} --to ${to} --yes`,
  );
}

function earlierStart({ definition, tenant, startMs }: StreamSettings, base: Checkpoint): string {
  const [from, to] = [startMs, base.start].map(isoInstant);
  return `${definition.stream} of ${tenant}: start was moved back, but the export began at ${to}; read the rest with: convlake backfill --stream ${definition.stream} --tenant ${tenant} --from ${from} --to ${to}`;
}
