import { Buffer } from 'node:buffer';
import { streamDefinition } from '../../../contract/streams.ts';
import { exportStream } from '../../../functions/engine/export-stream.ts';
import type { Clock, FetchPage, Ports, RunEvent } from '../../../functions/engine/ports.ts';
import type { RunSummary, StreamSettings } from '../../../functions/engine/settings.ts';
import type { Dialect, PageRequest } from '../../../functions/engine/source.ts';
import { DAY_MS } from '../durations.ts';
import { type Effect, type MemoryCheckpoint, type MemoryLake, plainCodec } from '../run/memory-ports.ts';

interface VendorRow {
  readonly time: number | null;
  /** What the vendor filters by; a row without a time has one all the same. */
  readonly filedAt: number;
  readonly line: string;
}

/** A vendor in memory whose rows can change between any two pages. It walks its live order by offset, as real ones may. */
export class ScriptedVendor {
  readonly rows = new Map<string, VendorRow>();
  /** Every line that was ever true of a key. */
  readonly history = new Map<string, string[]>();
  requests = 0;
  onRequest: (request: number) => Promise<void> | void = () => undefined;
  readonly #pageSize: number;

  constructor(pageSize = 3) {
    this.#pageSize = pageSize;
  }

  put(id: string, time: number | null, value: number, filedAt = time ?? 0): string {
    const dated = time === null ? null : new Date(time).toISOString();
    const line = JSON.stringify({ ID: id, DatetimeUTC: dated, value });
    this.rows.set(id, { time, filedAt, line });
    this.history.set(id, [...(this.history.get(id) ?? []), line]);
    return line;
  }

  remove(id: string): void {
    this.rows.delete(id);
  }

  readonly dialect: Dialect = {
    rowsUnder: ['data'],
    firstPage: ({ from, to }) => pageRequest(from, to, 0),
    readPage: ({ query }, { envelope, rows }) => {
      const next = (envelope as { next: number | null }).next;
      return { rows, next: next === null ? undefined : pageRequest(Number(query['from']), Number(query['to']), next) };
    },
  };

  readonly fetchPage: FetchPage = async ({ query }, _signal, read) => {
    await this.onRequest(++this.requests);
    const [from, to, offset] = [Number(query['from']), Number(query['to']), Number(query['offset'])];
    const inside = [...this.rows.values()]
      .filter(({ filedAt }) => filedAt >= from && filedAt < to)
      .sort((a, b) => a.filedAt - b.filedAt);
    const page = inside.slice(offset, offset + this.#pageSize);
    const next = offset + this.#pageSize < inside.length ? offset + this.#pageSize : null;
    return read(Buffer.from(`{"next":${next},"data":[${page.map(({ line }) => line).join(',')}]}`));
  };
}

function pageRequest(from: number, to: number, offset: number): PageRequest {
  const query = { from: String(from), to: String(to), offset: String(offset) };
  return { query, state: `${offset}`, carriesCursor: offset > 0 };
}

/** What a run of the engine over a scripted vendor may be given. */
export interface RunOptions {
  readonly now: number;
  /** What the vendor's responses say that it is, epoch ms; nothing unless told. */
  readonly vendorNow?: () => number;
  readonly settings?: Partial<StreamSettings>;
  readonly effect?: Effect;
  /** Instead of one that stands still at `now`. */
  readonly clock?: Partial<Clock>;
  readonly timeLeftMs?: () => number;
  readonly signal?: AbortSignal;
  readonly observe?: (event: RunEvent) => void;
}

/** The start of every scripted history. */
export const START_MS = Date.parse('2026-03-01T00:00:00Z');

export const scriptedSettings: StreamSettings = {
  definition: streamDefinition('crescendo.vocconv'),
  tenant: 'tenant-alpha',
  startMs: START_MS,
  lookbackMs: DAY_MS,
  deep: { at: '03:00', lookbackMs: 7 * DAY_MS },
  timeZone: 'UTC',
  settleMs: 0,
  windowMs: DAY_MS,
  concurrency: 2,
  lake: 'memory',
};

let runs = 0;

/** What a run of the engine has, over memory. */
export function portsOf(
  vendor: Pick<ScriptedVendor, 'fetchPage'> & { readonly requests?: number },
  lake: MemoryLake,
  checkpoint: MemoryCheckpoint,
  { now, vendorNow, effect = () => undefined, clock: given, timeLeftMs, signal, observe }: RunOptions,
): Ports {
  let ids = 0;
  const run = ++runs;
  const clock: Clock = {
    planningNow: () => now,
    now: () => now,
    timeLeftMs: timeLeftMs ?? (() => Number.POSITIVE_INFINITY),
    sleep: async () => undefined,
    ...given,
  };
  return {
    clock,
    fetchPage: async (request, abort, read) => {
      await effect('request');
      const page = await vendor.fetchPage(request, abort, read);
      await effect('response');
      return page;
    },
    traffic: () => ({ requests: vendor.requests ?? 0, throttledMs: 0, vendorNow: vendorNow?.() }),
    lake: lake.connect(effect),
    codec: plainCodec,
    checkpoints: checkpoint.connect(effect),
    random: () => 0.5,
    newId: () => `run-${run}-${++ids}`,
    observe: observe ?? (() => undefined),
    signal: signal ?? new AbortController().signal,
  };
}

/** One run of the real engine, over memory. */
export function runOnce(
  vendor: ScriptedVendor,
  lake: MemoryLake,
  checkpoint: MemoryCheckpoint,
  options: RunOptions,
): Promise<RunSummary> {
  const ports = portsOf(vendor, lake, checkpoint, options);
  return exportStream({ ...scriptedSettings, ...options.settings }, vendor.dialect, ports);
}
