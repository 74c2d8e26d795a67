import { isoInstant } from '../../../../contract/instant.ts';
import type { Task } from '../../plan/plan.ts';
import type { StreamSettings } from '../../settings.ts';

/** The warning of a window whose list holds keys twice. */
export function doubled({ definition, tenant }: StreamSettings, { from, to }: Task): string {
  const [begin, end] = [from, to].map(isoInstant);
  return `${definition.stream} of ${tenant}: in the window from ${begin} to ${end} the vendor's list holds ids more than once; all of it came, and the lake keeps one row of each id`;
}

/** The warning of a window that fell short of the vendor's total. */
export function unreconciled({ definition, tenant }: StreamSettings, { from, to }: Task): string {
  const [begin, end] = [from, to].map(isoInstant);
  return `${definition.stream} of ${tenant}: the window from ${begin} to ${end} gave fewer rows than the vendor counts in it; what came is committed`;
}

/** The warning of a run whose clock is ahead of the vendor's. */
export function cutShort({ definition, tenant }: StreamSettings, readTo: number): string {
  return `${definition.stream} of ${tenant}: this machine's clock is ahead of the vendor's, whose responses say that it is not yet ${isoInstant(readTo)}: nothing later counts as read; see whether this clock is right`;
}
