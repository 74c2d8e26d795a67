import { isoInstant } from '../../contract/instant.ts';
import type { Span } from '../engine/source.ts';

/** `backfill-20260102T030405Z-20260103T000000Z`: what a backfill's checkpoint is called, next to the live one. */
export function backfillName({ from, to }: Span): string {
  return `backfill-${compact(from)}-${compact(to)}`;
}

/** Sorts by time and holds no character that a file system or SSM refuses. */
function compact(instant: number): string {
  return isoInstant(instant).replaceAll(/[-:]/g, '').replace('.000Z', 'Z');
}
