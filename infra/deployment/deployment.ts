import type { Configuration } from '../../contract/configuration/configuration.ts';
import { formatDuration } from '../../contract/duration.ts';
import type { DeployedStream } from '../../contract/environment.ts';
import type { SourceName, StreamDefinition, StreamName } from '../../contract/streams.ts';
import { credentialLocation } from './credential-location.ts';
import { DeployError } from './deploy-error.ts';

/** A configuration as the stack builds it. */
export interface Deployment {
  /** 1 to 32 lower-case letters, digits and `-`. */
  readonly stage: string;
  /** Without a bucket name, the stack's own bucket. The prefix has no slash at either end and may be empty. */
  readonly lake: { readonly bucketName: string | undefined; readonly prefix: string };
  /** Those with at least one stream, in the order of the configuration. */
  readonly sources: readonly SourceDeployment[];
  /** Every stream of the sources. */
  readonly streams: readonly StreamDeployment[];
}

/** One export function. */
export interface SourceDeployment {
  /** The vendor API that it exports. */
  readonly source: SourceName;
  /** As configured, disabled tenants too, each with the location of its credential on AWS. */
  readonly streams: readonly DeployedStream[];
  /** The tables' folders, each once. */
  readonly tables: readonly string[];
}

/** One stream with all its tenants. */
export interface StreamDeployment {
  /** Its entry in the catalogue. */
  readonly definition: StreamDefinition;
  /** As configured, disabled ones too. */
  readonly tenants: readonly DeployedStream[];
  /** Whole minutes, 1 minute to 1 day. Undefined where no tenant is enabled: then nothing runs, and no alarm rings. */
  readonly everyMs: number | undefined;
}

const DAY_MS = 86_400_000;

/**
 * What is to be deployed for a configuration.
 * @throws DeployError naming everything that AWS does not accept, and how to fix it
 */
export function planDeployment(configuration: Configuration): Deployment {
  const { stage } = configuration;
  const streams = configuration.streams.map((stream) => ({ ...stream, credential: credentialLocation(stage, stream) }));
  const byStream = groups(streams, (stream) => stream.definition.stream);
  const problems = [...stageProblems(stage), ...[...byStream.values()].flatMap(scheduleProblems)];
  if (problems.length > 0) throw new DeployError(`the configuration cannot be deployed:\n- ${problems.join('\n- ')}`);
  return {
    stage,
    lake: lakeLocation(configuration.lake),
    sources: [...groups(streams, (stream) => stream.definition.source)].map(([source, own]) => ({
      source,
      streams: own,
      tables: [...new Set(own.map((stream) => stream.definition.table))],
    })),
    streams: [...byStream.values()].map(streamDeployment),
  };
}

/** `s3://bucket/prefix` names its bucket; a local folder means the stack's own bucket. */
function lakeLocation(lake: string): Deployment['lake'] {
  const [, bucketName, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(lake) ?? [];
  return { bucketName, prefix: prefix.replace(/^\/+|\/+$/g, '') };
}

function streamDeployment(tenants: readonly DeployedStream[]): StreamDeployment {
  const [first] = tenants;
  if (!first) throw new Error('a stream has at least one tenant');
  return { definition: first.definition, tenants, everyMs: enabled(tenants)[0]?.everyMs };
}

/** Names of functions, databases and stacks allow fewer characters than a stage may have, and Athena's are lower-case. */
function stageProblems(stage: string): string[] {
  if (/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(stage)) return [];
  return [
    `stage: "${stage}" cannot be part of the names of functions and databases; write 1 to 32 lower-case letters, digits and "-", with no "-" at either end`,
  ];
}

function scheduleProblems(tenants: readonly DeployedStream[]): string[] {
  const [first, ...others] = enabled(tenants);
  if (!first) return [];
  const { stream } = first.definition;
  const other = others.find((tenant) => tenant.everyMs !== first.everyMs);
  return [
    ...(other ? [differentSchedules(stream, first, other)] : []),
    ...[...new Set(enabled(tenants).map((tenant) => tenant.everyMs))].flatMap((everyMs) =>
      periodProblems(stream, everyMs),
    ),
  ];
}

function differentSchedules(stream: StreamName, first: DeployedStream, other: DeployedStream): string {
  const seen = [first, other]
    .map(({ tenant, everyMs }) => `every ${formatDuration(everyMs)} for ${tenant}`)
    .join(' and ');
  return `${stream} runs ${seen}; one schedule starts a stream for all its tenants: give them the same "every"`;
}

/** A schedule's unit is the minute. Beyond a day CloudWatch, which looks back a week at most, could not tell "late" from "never". */
function periodProblems(stream: StreamName, everyMs: number): string[] {
  const seen = `${stream} runs every ${formatDuration(everyMs)}`;
  if (everyMs > DAY_MS) return [`${seen}; write "1 day" at most: the deep re-read is daily`];
  if (everyMs % 60_000 === 0) return [];
  const minutes = Math.ceil(everyMs / 60_000);
  return [`${seen}; schedules know whole minutes: write "${formatDuration(minutes * 60_000)}"`];
}

function enabled(tenants: readonly DeployedStream[]): readonly DeployedStream[] {
  return tenants.filter((tenant) => tenant.enabled);
}

function groups<Key, Value>(values: readonly Value[], keyOf: (value: Value) => Key): Map<Key, Value[]> {
  const grouped = new Map<Key, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    grouped.set(key, [...(grouped.get(key) ?? []), value]);
  }
  return grouped;
}
