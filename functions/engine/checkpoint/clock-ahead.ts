import { isoInstant } from '../../../contract/instant.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { ConvlakeError } from '../errors.ts';
import type { StreamSettings } from '../settings.ts';
import { rewindCommand } from './rewind-command.ts';

/** Clocks of machines that are well differ by seconds; an hour is what a wrong time zone or a change of the clock makes of them. */
export const MOST_SKEW_MS = 3_600_000;

/** True where a watermark lies farther ahead of `now` (epoch ms) than two clocks that are right can explain. */
export function isClockAhead(watermark: number, now: number): boolean {
  return watermark > now + MOST_SKEW_MS;
}

/** Those of a stream's settings that say from where rows may be missing. */
type Reaching = Pick<StreamSettings, 'definition' | 'tenant' | 'startMs' | 'lookbackMs' | 'deep'>;

/**
 * The error of a stream whose watermark lies in the future, undefined where it does not. Nothing would be new to it until then, and the
 * rows that come meanwhile would never be read.
 */
export function clockAhead(checkpoint: Checkpoint, settings: Reaching, now: number): ConvlakeError | undefined {
  const { watermark } = checkpoint;
  if (!isClockAhead(watermark, now)) return undefined;
  const command = rewindCommand(settings, lastCertain(checkpoint, settings, now));
  return new ConvlakeError(
    'clock-ahead',
    'stop-stream',
    `${settings.definition.stream} of ${settings.tenant}: the watermark is ${isoInstant(watermark)} and it is ${isoInstant(now)} now: one of the two clocks is or was wrong. ` +
      `Set this one right if it is wrong; else read again what was passed over: ${command}`,
  );
}

/**
 * From where rows may be missing, on a whole second: the clock was right when the newest row that is known came to be and when the last
 * finished re-read began, and rows that appear late lie within the lookbacks before that. Where no row is known, everything is read again.
 */
function lastCertain(
  { watermark, seen, newestRow, rereadFrom = watermark, start }: Checkpoint,
  { startMs, lookbackMs, deep }: Pick<StreamSettings, 'startMs' | 'lookbackMs' | 'deep'>,
  now: number,
): number {
  const first = Math.min(start, startMs, now, watermark);
  // The `seen` of a first run is where it began, of which the clock alone says that there were rows.
  if (newestRow === undefined) return first;
  const certain = Math.min(newestRow, seen ?? newestRow, rereadFrom, now) - Math.max(lookbackMs, deep.lookbackMs);
  return Math.max(first, Math.floor(certain / 1000) * 1000);
}
