import { type DeployedStream, Env } from '../../contract/environment.ts';
import { ConvlakeError } from '../engine/errors.ts';

/** What an export function is deployed with. */
export interface ExportFunctionSettings {
  readonly stage: string;
  /** The prefix has no slash at either end and may be empty. */
  readonly bucket: string;
  /** The AWS account that the bucket belongs to. */
  readonly owner: string;
  readonly prefix: string;
  /** `s3://bucket/prefix`: what checkpoints call the lake. */
  readonly lake: string;
  readonly eventBus: string;
  readonly gzipLevel: number;
  readonly streams: readonly DeployedStream[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment of an export function and the configuration inside its code.
 * @throws ConvlakeError `configuration-invalid` with everything that is wrong
 */
export function readExportSettings(environment: Environment, configuration: string): ExportFunctionSettings {
  const problems: string[] = [];
  const settings = {
    stage: read(environment, Env.stage, problems),
    bucket: read(environment, Env.lakeBucket, problems),
    owner: read(environment, Env.lakeOwner, problems),
    prefix: environment[Env.lakePrefix] ?? '',
    eventBus: read(environment, Env.eventBus, problems),
    gzipLevel: readLevel(environment, problems),
    streams: readStreams(configuration, problems),
  };
  if (problems.length > 0) throw invalid(problems);
  return { ...settings, lake: lakeName(settings.bucket, settings.prefix) };
}

function lakeName(bucket: string, prefix: string): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
}

/** What the function that plans backfills is deployed with. */
export interface PlanFunctionSettings extends Pick<ExportFunctionSettings, 'lake' | 'streams'> {
  /** The bucket of what passes between the steps, and the AWS account that it belongs to. */
  readonly bucket: string;
  readonly owner: string;
}

/** The same of the function that plans backfills. @throws ConvlakeError `configuration-invalid` */
export function readPlanSettings(environment: Environment, configuration: string): PlanFunctionSettings {
  const problems: string[] = [];
  const settings = {
    lake: lakeName(read(environment, Env.lakeBucket, problems), environment[Env.lakePrefix] ?? ''),
    bucket: read(environment, Env.backfillBucket, problems),
    owner: read(environment, Env.backfillOwner, problems),
    streams: readStreams(configuration, problems),
  };
  if (problems.length > 0) throw invalid(problems);
  return settings;
}

/** The same of a function that needs no more than the stage. @throws ConvlakeError `configuration-invalid` */
export function readStageSettings(
  environment: Environment,
  configuration: string,
): Pick<ExportFunctionSettings, 'stage' | 'streams'> {
  const problems: string[] = [];
  const settings = { stage: read(environment, Env.stage, problems), streams: readStreams(configuration, problems) };
  if (problems.length > 0) throw invalid(problems);
  return settings;
}

function read(environment: Environment, name: string, problems: string[]): string {
  const value = environment[name];
  if (value === undefined || value === '') problems.push(`the environment variable ${name} is not set`);
  return value ?? '';
}

function readLevel(environment: Environment, problems: string[]): number {
  const written = environment[Env.gzipLevel] ?? '6'; // zlib's own default
  if (!/^[1-9]$/.test(written)) problems.push(`the environment variable ${Env.gzipLevel} is not a level from 1 to 9`);
  return Number(written);
}

/** The whole of it was checked at synth, by the schema that the function does without; here it is only seen that it is there. */
function readStreams(configuration: string, problems: string[]): readonly DeployedStream[] {
  const streams: unknown = JSON.parse(configuration);
  if (Array.isArray(streams) && streams.length > 0) return streams as DeployedStream[];
  problems.push('the configuration inside the function does not name a stream');
  return [];
}

function invalid(problems: readonly string[]): ConvlakeError {
  return new ConvlakeError(
    'configuration-invalid',
    'stop-stream',
    `${problems.join('; ')}: the stack sets these, so deploy it again`,
  );
}
