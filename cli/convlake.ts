import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import type { Flags } from './options/flags.ts';
import type { QueryFlags } from './options/query-flags.ts';
import { UsageError } from './options/usage-error.ts';

/** Wrong usage, or a wrong configuration. */
const USAGE_STATUS = 2;

// Loaded when they are needed: engine and HTTP client take five times as long to load as help and wrong options need.
const running = () => import('./commands/run-command.ts');
const telling = () => import('./commands/status-command.ts');
const rewinding = () => import('./commands/rewind-command.ts');
const verifying = () => import('./commands/verify-command.ts');
const planning = () => import('./commands/plan-command.ts');
const querying = () => import('./commands/query-command.ts');

const QUERY_HELP = `
The SQL is DuckDB's, with functions of Trino that it lacks (json_extract_scalar, regexp_like, from_iso8601_timestamp, …); named queries
are in Trino's, as they stand in Athena. Times are UTC. Objects of a bucket are copied once, those alone that a query can need.

Examples:
  convlake query "SELECT dt, count(*) FROM crescendo_vocconv WHERE dt >= '2026-11-01' GROUP BY dt ORDER BY dt"
  convlake query --named crescendo_botconv --format csv
  convlake query --describe salesloft_conversations
  convlake query < query.sql`;

process.exitCode = await main();

async function main(): Promise<number> {
  let status = 0;
  const program = commands((code) => {
    status = code;
  });
  try {
    await program.parseAsync();
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_STATUS; // it has said why
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return USAGE_STATUS;
  }
}

function commands(end: (status: number) => void): Command {
  const program = new Command('convlake')
    .description('Exports conversation records from vendor APIs into a data lake, and keeps that copy true')
    .version(packageJson.version)
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit status: 0 caught up, 1 something failed, 2 wrong usage or configuration, 3 out of time, 130 interrupted.',
    );
  withOptions(program.command('export'))
    .description('read what is new, and again what may have changed')
    .option('--time-limit <duration>', 'stop after this long; the next run goes on')
    .action(async (flags: Flags) => end(await (await running()).exportCommand(flags)));
  withOptions(program.command('backfill'))
    .description('read a past span by the own time of its rows; the checkpoint of export stays as it is')
    .option('--from <instant>', 'where the span begins')
    .option('--to <instant>', 'where it ends, this instant excluded')
    .option('--anew', 'begin at its beginning, wherever it was cut short before')
    .option('--refetch', 'details: fetch those too that are held for the state that the list shows')
    .option('--time-limit <duration>', 'stop after this long; the same command again goes on')
    .action(async (flags: Flags) => end(await (await running()).backfillCommand(flags)));
  withOptions(program.command('plan'))
    .description('say what the next export would read; no request is made and nothing is written')
    .action(async (flags: Flags) => end(await (await planning()).planCommand(flags)));
  withSelection(program.command('status'))
    .description(
      'say how every stream is and what to do about it; no request is made to a vendor and nothing is written',
    )
    .option('--now <instant>', 'as if it were this instant')
    .option('--json', 'print one line of JSON per stream and tenant on standard output')
    .option('--watch', 'look again every few seconds, until Ctrl-C')
    .option('--check', 'exit 1 unless every stream is ok; one that is paused counts as ok')
    .action(async (flags: Flags) => end(await (await telling()).statusCommand(flags)));
  withSelection(program.command('verify'))
    .description('read every object of the lake and say what is wrong with it; with a span, compare it with the vendor')
    .option('--offline', 'ask no vendor, as where no span is given')
    .option('--from <instant>', 'read the vendor again from here, and compare')
    .option('--to <instant>', 'up to here, this instant excluded')
    .option('--show-keys', 'tell the keys of rows, and not their hashes alone')
    .option('--repair', 'say which backfills heal what was found')
    .option('--yes', 'yes, with --repair: run them')
    .option('--now <instant>', 'as if it were this instant')
    .option('--json', 'print one line of JSON per stream and tenant on standard output')
    .action(async (flags: Flags) => end(await (await verifying()).verifyCommand(flags)));
  withLake(program.command('query'))
    .description('ask the lake in SQL: the tables, columns and named queries that a deployment has in Athena')
    .argument('[sql]', 'a query; without one it is read from standard input, or typed at a prompt on a terminal')
    .option('--file <file>', 'read the query from a file')
    .option('--named [name]', 'run a named query; without a name, list them')
    .option('--tables', 'list the tables')
    .option('--describe <table>', "list a table's columns, with their types in Athena")
    .option('--format <format>', 'table, csv, json (a line for each row) or markdown; table by default')
    .addHelpText('after', QUERY_HELP)
    .action(async (sql: string | undefined, flags: QueryFlags) =>
      end(await (await querying()).queryCommand(sql, flags)),
    );
  withSelection(program.command('rewind'))
    .description('order the next run of the chosen streams to begin at an earlier instant')
    .option('--to <instant>', 'where it begins')
    .option('--yes', 'yes, read everything from there again')
    .option('--all', 'yes, several streams')
    .option('--force', 'yes, from before the start of the configuration')
    .action(async (flags: Flags) => end(await (await rewinding()).rewindCommand(flags)));
  return program;
}

function withLake(command: Command): Command {
  return command
    .option('--config <file>', 'default: convlake.config.ts, else convlake.config.json, in the working directory')
    .option('--lake <lake>', "a folder or s3://bucket/prefix, instead of the configuration's");
}

function withSelection(command: Command): Command {
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  return withLake(command)
    .option('--stream <name>', 'only this stream; may be repeated', collect)
    .option('--tenant <name>', 'only this tenant; may be repeated', collect);
}

function withOptions(command: Command): Command {
  return withSelection(command)
    .option('--lookback <duration>', 'how far to read again in this run, such as "3 days"')
    .option('--now <instant>', 'plan as if it were this instant')
    .option('--json', 'print one line of JSON per stream and tenant on standard output');
}
