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
