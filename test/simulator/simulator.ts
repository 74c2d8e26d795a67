import type { DetailStreamName, SourceName, StreamName } from '../../contract/streams.ts';
import { DAY_MS } from '../support/durations.ts';
import type { Details } from './details/details.ts';
import { type Stats, serveVendor, type VendorServer } from './server.ts';
import { makeVendors } from './vendors/vendors.ts';
import { type AllKnobs, completeKnobs, type Knobs } from './world/knobs.ts';
import type { World } from './world/world.ts';

export type { Fault, SeenRequest } from './faults.ts';
export { faultsAt, randomFaults } from './faults.ts';
export type { Knobs } from './world/knobs.ts';
export type { World } from './world/world.ts';

/** The vendors, in the order in which `portBase` counts them. */
const sources = ['crescendo', 'salesloft', 'voiceable', 'elevenlabs'] as const;

/** What a simulation is made of. The same seed, rows and days give the same rows whenever it is started. */
export interface SimulatorOptions {
  readonly seed?: number;
  /** Generated rows per stream in `days` days, give or take one (0: none but those put). Default 1,000. */
  readonly rows?: number;
  /** Default 30. */
  readonly days?: number;
  /**
   * Where the first generated row may begin, epoch ms. Default: the last UTC midnight less `days`, by the clock at the
   * start, so there are `rows` rows and those of today. A given instant keeps the oldest rows the same on another day.
   */
  readonly since?: number;
  /** The simulator's clock: rows begin, change and become final by it. Default: the real one. */
  readonly now?: () => number;
  /** Whose servers to start. Default: all. */
  readonly sources?: readonly SourceName[];
  readonly knobs?: Knobs;
  /** The credential that every vendor takes. */
  readonly apiKey?: string;
  /** The tenant that Crescendo's paths must name. */
  readonly tenant?: string;
  /** The first vendor's port, the others' follow; 0 takes any free ports. */
  readonly portBase?: number;
  /** Keep every line that was served, for `World.shown`. */
  readonly remember?: boolean;
}

/** Four vendors on the loopback interface. */
export interface Simulator {
  readonly apiKey: string;
  readonly tenant: string;
  /** The first instant at which a generated row may begin, epoch ms. */
  readonly since: number;
  /** What goes into a stream's `baseUrl` setting. @throws Error for a source that was not started */
  baseUrl(stream: StreamName): string;
  world(stream: StreamName): World;
  details(stream: DetailStreamName): Details;
  stats(stream: StreamName): Stats;
  /** Turns knobs from now on; the others stay. `tieMs` counts only at the start. */
  turn(knobs: Knobs): void;
  /** Forgets mutations, statistics, cursors and spent budgets; knobs stay. */
  reset(): void;
  close(): Promise<void>;
}

const prefixes: Readonly<Record<SourceName, string>> = {
  crescendo: '',
  salesloft: '',
  voiceable: '/voiceable-api',
  elevenlabs: '',
};

/** The clock's last midnight less so many days. */
function midnightBefore(nowMs: number, days: number): number {
  return (Math.floor(nowMs / DAY_MS) - days) * DAY_MS;
}

/** Starts the vendors' servers on 127.0.0.1. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const {
    seed = 1,
    rows = 1000,
    days = 30,
    now = Date.now,
    apiKey = 'simulated-key',
    tenant = 'tenant-alpha',
  } = options;
  const since = options.since ?? midnightBefore(now(), days);
  let knobs: AllKnobs = completeKnobs(options.knobs);
  const knobsOf =
    <S extends SourceName>(source: S) =>
    () =>
      knobs[source];
  const { worlds, details, apis } = makeVendors({
    seed,
    rows,
    days,
    sinceMs: since,
    now,
    apiKey,
    tenant,
    remember: options.remember ?? false,
    knobsOf,
  });
  const servers = new Map<SourceName, VendorServer>();
  for (const source of options.sources ?? sources) {
    const port = options.portBase ? options.portBase + sources.indexOf(source) : 0;
    servers.set(source, await serveVendor({ api: apis[source], now, knobs: knobsOf(source), port }));
  }
  const serverOf = (stream: StreamName): readonly [SourceName, VendorServer] => {
    const source = sources.find((name) => stream.startsWith(`${name}.`)) ?? 'crescendo';
    const server = servers.get(source);
    if (!server) throw new Error(`the simulator was started without ${source}`);
    return [source, server];
  };
  return {
    apiKey,
    tenant,
    since,
    baseUrl(stream) {
      const [source, server] = serverOf(stream);
      return `${server.origin}${prefixes[source]}`;
    },
    world: (stream) => worlds[stream],
    details: (stream) => details[stream],
    stats: (stream) => serverOf(stream)[1].stats(),
    turn(turned) {
      knobs = {
        crescendo: { ...knobs.crescendo, ...turned.crescendo },
        salesloft: { ...knobs.salesloft, ...turned.salesloft },
        voiceable: { ...knobs.voiceable, ...turned.voiceable },
        elevenlabs: { ...knobs.elevenlabs, ...turned.elevenlabs },
      };
    },
    reset() {
      for (const held of [...Object.values(worlds), ...Object.values(details)]) held.reset();
      for (const server of servers.values()) server.reset();
    },
    async close() {
      await Promise.all([...servers.values()].map((server) => server.close()));
    },
  };
}
