import type { Checkpoint, Rewind } from '../checkpoint.ts';
import { ConvlakeError } from '../errors.ts';
import type { Records } from '../ports.ts';
import type { StreamSettings } from '../settings.ts';
import { clockAhead } from './clock-ahead.ts';
import { isOrdered, rewound } from './rewind.ts';
import { rewindCommand } from './rewind-command.ts';

/**
 * Where a live run begins, from the two records of its stream; undefined for a first run.
 * @throws ConvlakeError `configuration-invalid` for a record of another lake; `clock-ahead` for a watermark in the future
 */
export function beginningOf(
  { checkpoint, rewind }: Records,
  settings: StreamSettings,
  now: number,
): Checkpoint | undefined {
  if (rewind && isOrdered(rewind, checkpoint)) refuseOthersRewind(rewind, settings);
  const base = rewound(checkpoint, rewind, settings);
  if (!base) return undefined;
  refuseOtherLake(base, settings);
  const ahead = clockAhead(base, settings, now);
  if (ahead) throw ahead;
  return base;
}

/** True for the record of another lake. A folder carries its own records, wherever it is moved; those of a bucket lie apart. */
export function isOfOtherLake(record: string, lake: string): boolean {
  return record !== lake && lake.startsWith('s3://');
}

/** Rows below the watermark would be missing from a new lake. */
function refuseOtherLake(base: Checkpoint, settings: StreamSettings): void {
  const { lake, startMs } = settings;
  if (!isOfOtherLake(base.lake, lake)) return;
  // A rewind never goes past the watermark, and `start` may have been set to later than that since.
  const again = rewindCommand(settings, Math.min(startMs, base.watermark));
  throw ofOtherLake(
    settings,
    `the checkpoint is that of another lake, ${base.lake}, and this is ${lake}; name that one again, or read everything into this one: ${again}`,
  );
}

/** An order for one lake says nothing about what another one holds. */
function refuseOthersRewind({ watermark, lake: ordered }: Rewind, settings: StreamSettings): void {
  const { lake } = settings;
  if (ordered === undefined || !isOfOtherLake(ordered, lake)) return;
  throw ofOtherLake(
    settings,
    `a rewind was ordered for another lake, ${ordered}, and this is ${lake}; name that one again, or order it for this one: ${rewindCommand(settings, watermark)}`,
  );
}

function ofOtherLake({ definition, tenant }: StreamSettings, message: string): ConvlakeError {
  return new ConvlakeError('configuration-invalid', 'stop-stream', `${definition.stream} of ${tenant}: ${message}`);
}
