import type { Checkpoint, Rewind } from '../checkpoint.ts';
import type { StreamSettings } from '../settings.ts';
import type { Span } from '../source.ts';

/** True for a rewind that no run has carried out yet. */
export function isOrdered(rewind: Rewind, checkpoint: Checkpoint | undefined): boolean {
  return !checkpoint || checkpoint.epoch < rewind.epoch;
}

/**
 * Where a run begins: at its checkpoint, or, where a rewind of a higher epoch was ordered, at the rewind's watermark (never
 * farther on) and in its epoch. What a rewound run has yet to read again stays owed, from the last point before which nothing
 * is; places inside walks go, for they would be skipped to; of a history, what lies before the rewind's watermark stays. A rewind also
 * lets a stream move to another lake.
 */
export function rewound(
  checkpoint: Checkpoint | undefined,
  rewind: Rewind | undefined,
  settings: Pick<StreamSettings, 'startMs' | 'lake'>,
): Checkpoint | undefined {
  if (!rewind || !isOrdered(rewind, checkpoint)) return checkpoint;
  const { startMs, lake } = settings;
  const before: Checkpoint = checkpoint ?? {
    epoch: 0,
    watermark: startMs,
    start: startMs,
    lake,
    updatedAt: 0,
    run: '',
  };
  const { seen, reread, walk, deep, history, ...kept } = before;
  const left = history && partBefore(history, rewind.watermark);
  return {
    ...kept,
    epoch: rewind.epoch,
    watermark: Math.min(before.watermark, rewind.watermark),
    // Undefined would mean: walk from `start`.
    ...(seen === undefined ? {} : { seen: Math.min(seen, rewind.watermark) }),
    ...(left && { history: left }),
    lake,
  };
}

function partBefore({ from, to }: Span, at: number): Span | undefined {
  return from < at ? { from, to: Math.min(to, at) } : undefined;
}
