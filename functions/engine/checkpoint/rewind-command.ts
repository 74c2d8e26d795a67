import { isoInstant } from '../../../contract/instant.ts';
import type { StreamSettings } from '../settings.ts';

/** The command that orders the next run of a stream to begin at an instant (epoch ms), which is cut to the second as the command line reads it. */
export function rewindCommand(
  { definition, tenant, startMs }: Pick<StreamSettings, 'definition' | 'tenant' | 'startMs'>,
  to: number,
): string {
  const beforeStart = to < startMs ? ' --force' : '';
  const instant = isoInstant(Math.floor(to / 1000) * 1000);
  return `convlake rewind --stream ${definition.stream} --tenant ${tenant} --to ${instant}${beforeStart} --yes`;
}
