import { checkpointName } from '../../../contract/layout.ts';
import { type StreamName, streamDefinition } from '../../../contract/streams.ts';

export const STAGE = 'prod';
export const BUCKET = 'lake';
/** The tenant that Crescendo's paths name. */
export const TENANT = 'tenant-alpha';

/** The name of a stream's live checkpoint. */
export function liveCheckpoint(stream: StreamName): string {
  return checkpointName({ stage: STAGE, source: streamDefinition(stream).source, stream, tenant: TENANT });
}
