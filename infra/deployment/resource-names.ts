import { createHash } from 'node:crypto';
import type { SourceName } from '../../contract/streams.ts';

/**
 * Names of what people type, and of what policies name before it exists. A stage is part of each, so that stages can share an
 * account. They never change: CloudFormation would replace what they name.
 */
export const resourceNames = {
  stack: (stage: string) => `convlake-${stage}`,
  /** What precedes the source in the names of export functions. */
  exportFunctionPrefix: (stage: string) => `convlake-${stage}-`,
  exportFunction: (stage: string, source: SourceName) => `convlake-${stage}-${source}`,
  /** A role's name is one in all regions of an account, and 64 characters long at most. */
  exportRole: (stage: string, source: SourceName, region: string) =>
    `${cut(`convlake-${stage}-${source}`, 64 - '-'.length - LONGEST_REGION)}-${region}`,
  planFunction: (stage: string) => `convlake-${stage}-backfill-plan`,
  watchFunction: (stage: string) => `convlake-${stage}-watch`,
  backfill: (stage: string) => `convlake-${stage}-backfill`,
  scheduleGroup: (stage: string) => `convlake-${stage}`,
  alarmTopic: (stage: string) => `convlake-${stage}-alarms`,
  /** What precedes a blank in the names of alarms. */
  alarmPrefix: (stage: string) => `convlake-${stage}`,
  dashboard: (stage: string) => `convlake-${stage}`,
  database: (stage: string) => `convlake_${stage.replaceAll('-', '_')}`,
  workgroup: (stage: string) => `convlake-${stage}`,
} as const;

/** No region's name is longer yet than `us-isof-south-1`; the region may be unknown until the deploy. */
const LONGEST_REGION = 16;

/** A longer name ends in a hash of the whole, so that two stages never share one. */
function cut(name: string, longest: number): string {
  if (name.length <= longest) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, longest - hash.length - 1)}-${hash}`;
}
