import { dirname, isAbsolute, join } from 'node:path';
import type { Configuration, Problem, StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { parseConfiguration } from '../../contract/configuration/parse-configuration.ts';
import {
  defaultConfigurationFile,
  readConfigurationFile,
} from '../../contract/configuration/read-configuration-file.ts';
import type { Span } from '../../functions/engine/source.ts';
import { planningNow } from '../../functions/wiring/run-clock.ts';
import { asTyped } from './as-typed.ts';
import { type Flags, type ReadFlags, readFlags, readSpan } from './flags.ts';
import { selectStreams } from './select-streams.ts';
import { UsageError } from './usage-error.ts';

/** What a command works on: everything that was written is understood and checked. */
export interface Prepared extends ReadFlags {
  readonly configuration: Configuration;
  /** Those that were chosen; one at least. */
  readonly streams: readonly StreamConfiguration[];
  /** Completes the commands in a message, so that they can be typed where this one was. */
  readonly typed: (message: string) => string;
}

/** @throws UsageError with every problem of options and configuration */
export async function prepare(flags: Flags): Promise<Prepared> {
  const problems: Problem[] = [];
  const { prepared } = await understand(flags, problems);
  if (prepared && problems.length === 0) return prepared;
  throw new UsageError(problems);
}

/**
 * The same for a backfill, whose span must lie in the past. A disabled tenant is read when `--tenant` names it, as in a backfill on
 * AWS: `enabled: false` ends the scheduled reading, and a span of a tenant by its name is asked for by a person.
 * @throws UsageError
 */
export async function prepareBackfill(
  flags: Flags,
): Promise<Prepared & { readonly span: Span; readonly anew: boolean; readonly refetch: boolean }> {
  const problems: Problem[] = [];
  const { read, prepared } = await understand(flags, problems);
  const span = readSpan(flags, planningNow(Date.now(), read.planningNowMs), problems);
  const asked = { anew: flags.anew === true, refetch: flags.refetch === true };
  if (prepared && span && problems.length === 0)
    return { ...prepared, streams: asNamed(prepared.streams, flags), span, ...asked };
  throw new UsageError(problems);
}

/**
 * The same for looking at a lake: offline, or against the vendor over a span in the past.
 * @throws UsageError
 */
export async function prepareVerify(
  flags: Flags,
): Promise<Prepared & { readonly span: Span | undefined; readonly showKeys: boolean }> {
  const problems: Problem[] = [];
  const { read, prepared } = await understand(flags, problems);
  const asked = flags.from !== undefined || flags.to !== undefined;
  if (asked && flags.offline)
    problems.push({ path: '--offline', message: 'no vendor is asked; leave out --from and --to' });
  if (flags.yes && !flags.repair)
    problems.push({ path: '--yes', message: 'belongs to --repair, which says what is to be read again' });
  const span = asked ? readSpan(flags, planningNow(Date.now(), read.planningNowMs), problems) : undefined;
  if (prepared && problems.length === 0)
    return { ...prepared, streams: asNamed(prepared.streams, flags), span, showKeys: flags.showKeys === true };
  throw new UsageError(problems);
}

function asNamed(streams: Prepared['streams'], { tenant: named }: Flags): Prepared['streams'] {
  return streams.map((stream) => (named?.includes(stream.tenant) ? { ...stream, enabled: true } : stream));
}

async function understand(flags: Flags, problems: Problem[]) {
  const read = readFlags(flags, problems);
  const configuration = await readConfiguration(flags, problems);
  const streams = configuration && selectStreams(configuration, flags, problems);
  return { read, prepared: configuration && streams && { ...read, configuration, streams, typed: asTyped(flags) } };
}

async function readConfiguration(flags: Flags, problems: Problem[]): Promise<Configuration | undefined> {
  const chosen = flags.config === undefined ? defaultConfigurationFile('--config') : { file: flags.config };
  if ('problem' in chosen) {
    problems.push(chosen.problem);
    return undefined;
  }
  const read = await readConfigurationFile(chosen.file, '--config');
  if ('problem' in read) {
    problems.push(read.problem);
    return undefined;
  }
  const parsed = parseConfiguration(withLake(read.input, flags.lake));
  if ('configuration' in parsed) {
    const { configuration } = parsed;
    return flags.lake === undefined
      ? { ...configuration, lake: lakeBeside(chosen.file, configuration.lake) }
      : configuration;
  }
  const pathOf = (path: string) => (path === 'lake' && flags.lake !== undefined ? '--lake' : `${chosen.file}: ${path}`);
  problems.push(...parsed.problems.map(({ path, message }) => ({ path: pathOf(path), message })));
  return undefined;
}

/** A folder that a file names lies where the file says, wherever the command is typed; one of `--lake` lies where that is typed. */
function lakeBeside(file: string, lake: string): string {
  const folder = dirname(file);
  return lake.startsWith('s3://') || isAbsolute(lake) || folder === '.' ? lake : join(folder, lake);
}

function withLake(input: unknown, lake: string | undefined): unknown {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  return isObject && lake !== undefined ? { ...input, lake } : input;
}
