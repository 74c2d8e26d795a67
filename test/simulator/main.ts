import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type StreamName, streams } from '../../contract/streams.ts';
import type { Fault } from './faults.ts';
import { randomFaults } from './faults.ts';
import { type Simulator, startSimulator } from './simulator.ts';
import type { Knobs } from './world/knobs.ts';

interface Flags {
  readonly rows: number;
  readonly days: number;
  readonly seed: number;
  readonly since?: number;
  readonly portBase: number;
  readonly budget: 'none' | number;
  readonly latency: number;
  readonly ties: number;
  readonly precision: 'milliseconds' | 'microseconds';
  readonly detailBytes: number;
  readonly layout: 'compact' | 'crlf';
  readonly cursor: 'sort-key' | 'offset' | 'snapshot';
  readonly trouble: number;
  readonly apiKey: string;
  readonly tenant: string;
  readonly config?: string;
  readonly json?: true;
}

const CREDENTIAL_NAME = 'SIMULATOR_API_KEY';
const troubles: readonly Fault[] = [
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429, retryAfter: '1' },
  { kind: 'reset' },
  { kind: 'cut-short' },
  { kind: 'half' },
  { kind: 'html' },
];

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number, please');
  return Number(text);
}

function share(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('a share between 0 and 1, please');
  return value;
}

function instant(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('an instant like 2026-01-01T00:00:00Z, please');
  return ms;
}

function command(): Command {
  return new Command('simulate')
    .description('Serves the four vendor APIs on 127.0.0.1 with seeded rows until interrupted')
    .option('--rows <n>', 'rows per stream in the visible days', count, 10_000)
    .option('--days <n>', 'visible days before today', count, 30)
    .option('--seed <n>', 'the same seed gives the same rows', count, 1)
    .option('--since <instant>', 'where the first row begins, instead of the first visible day', instant)
    .option('--port-base <port>', 'the first vendor listens here, the others behind it; 0: any free ports', count, 0)
    .option(
      '--budget <points>',
      'Salesloft points a minute, or none',
      (text) => (text === 'none' ? text : count(text)),
      600,
    )
    .option('--latency <ms>', 'how long every response takes at least', count, 0)
    .option('--ties <ms>', 'round times down to this, so that rows tie', count, 0)
    .addOption(
      new Option('--precision <p>', 'of Salesloft times')
        .choices(['milliseconds', 'microseconds'])
        .default('milliseconds'),
    )
    .option('--detail-bytes <n>', 'how many bytes more every detail has', count, 0)
    .addOption(new Option('--layout <l>', 'of bodies').choices(['compact', 'crlf']).default('compact'))
    .addOption(
      new Option('--cursor <c>', 'what cursors hold').choices(['sort-key', 'offset', 'snapshot']).default('sort-key'),
    )
    .option('--trouble <share>', 'share of the requests that fail in some way', share, 0)
    .option('--api-key <key>', 'the credential that is taken', 'simulated-key')
    .option('--tenant <name>', "Crescendo's tenant", 'tenant-alpha')
    .option('--config <file>', 'write a configuration that points convlake here')
    .option('--json', 'print one line of JSON when ready, and nothing else');
}

function knobsFrom(flags: Flags): Knobs {
  const { seed, trouble, cursor } = flags;
  const common = {
    latencyMs: flags.latency,
    tieMs: flags.ties,
    layout: flags.layout,
    ...(flags.detailBytes > 0 && { details: { large: { share: 1, bytes: flags.detailBytes } } }),
    ...(trouble > 0 ? { faults: randomFaults({ seed, share: trouble, kinds: troubles }) } : {}),
  };
  const pointsPerMinute = flags.budget === 'none' ? undefined : flags.budget;
  return {
    crescendo: { ...common, cursor },
    salesloft: { ...common, pointsPerMinute, precision: flags.precision },
    voiceable: { ...common, cursor },
    elevenlabs: { ...common, cursor },
  };
}

/** A configuration that exports everything the simulator holds into ./lake. */
function configurationFor(simulator: Simulator): object {
  const entries = [...streams.keys()].map((stream) => ({
    stream,
    tenant: simulator.tenant,
    credential: `env:${CREDENTIAL_NAME}`,
    baseUrl: simulator.baseUrl(stream),
    start: new Date(simulator.since).toISOString().replace('.000Z', 'Z'),
  }));
  return { stage: 'simulated', lake: './lake', streams: entries };
}

function announce(simulator: Simulator, flags: Flags): void {
  const baseUrls = Object.fromEntries(
    [...streams.keys()].map((stream): [StreamName, string] => [stream, simulator.baseUrl(stream)]),
  );
  if (flags.json) {
    const { apiKey, tenant, since } = simulator;
    process.stdout.write(
      `${JSON.stringify({ baseUrls, apiKey, tenant, since: new Date(since).toISOString(), pid: process.pid })}\n`,
    );
    return;
  }
  const lines = Object.entries(baseUrls).map(([stream, url]) => `  ${stream.padEnd(26)}${url}`);
  const commands = flags.config
    ? [`export ${CREDENTIAL_NAME}=${simulator.apiKey}`, `npx convlake export --config ${flags.config}`]
    : ['Add --config FILE to get a configuration for these addresses.'];
  process.stdout.write(
    `${flags.rows} rows per stream from ${new Date(simulator.since).toISOString()} on, seed ${flags.seed}\n${lines.join('\n')}\n\n${commands.join('\n')}\n`,
  );
}

const program = command();
program.action(async () => {
  const flags: Flags = program.opts();
  const simulator = await startSimulator({
    seed: flags.seed,
    rows: flags.rows,
    days: flags.days,
    ...(flags.since === undefined ? {} : { since: flags.since }),
    portBase: flags.portBase,
    apiKey: flags.apiKey,
    tenant: flags.tenant,
    knobs: knobsFrom(flags),
  });
  if (flags.config) await writeFile(flags.config, `${JSON.stringify(configurationFor(simulator), null, 2)}\n`);
  announce(simulator, flags);
  const stop = () => void simulator.close();
  process.once('SIGINT', stop).once('SIGTERM', stop).once('disconnect', stop);
});
await program.parseAsync();
