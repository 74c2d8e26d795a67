import { setImmediate } from 'node:timers/promises';
import { ConvlakeError } from '../../../functions/engine/errors.ts';
import { exportStream } from '../../../functions/engine/export-stream.ts';
import type { Outcome } from '../../../functions/engine/settings.ts';
import { DAY_MS } from '../durations.ts';
import { MemoryCheckpoint, MemoryLake } from '../run/memory-ports.ts';
import { type ModelKind, ModelVendor, modelKeyOf } from './model-vendor.ts';
import { portsOf, type RunOptions, START_MS, scriptedSettings } from './scripted-vendor.ts';

class Death extends Error {}

/** One run of the engine that goes on only when it is let, one effect at a time. */
export interface ModelRun {
  /** The effects that wait to happen; a run with several workers may have several. */
  readonly waiting: (() => void)[];
  /** What pages have shown it, by key: how new the newest line is in the key's history. */
  readonly shown: Map<string, number>;
  /** True when anything but the vendor's rows changed under it. */
  disturbed: boolean;
  dead: boolean;
  ended: { readonly outcome: Outcome; readonly error: unknown } | undefined;
}

/** What a run is given. */
export interface RunPlan {
  readonly settings: NonNullable<RunOptions['settings']>;
  /** Pages after which its time is short; undefined: never. */
  readonly pages?: number;
  /** The request that fails, and how. */
  readonly fault?: { readonly request: number; readonly code: 'cursor-refused' | 'vendor-unavailable' };
}

/** The vendor, the lake, the checkpoint and the runs that are under way, under one clock. */
export class ModelWorld {
  readonly vendor: ModelVendor;
  readonly lake = new MemoryLake();
  readonly checkpoint = new MemoryCheckpoint();
  readonly runs: ModelRun[] = [];
  /** Told of every checkpoint, when it has just been written. */
  onCheckpoint: (watermark: number) => void = () => undefined;
  /** Told of every object, when it has just been replaced by the run. */
  onCommit: (run: ModelRun, key: string) => void = () => undefined;
  now = START_MS + DAY_MS;

  constructor(kind: ModelKind) {
    this.vendor = new ModelVendor(kind);
  }

  get active(): readonly ModelRun[] {
    return this.runs.filter(({ ended }) => !ended);
  }

  async start({ settings, pages = Number.POSITIVE_INFINITY, fault }: RunPlan): Promise<ModelRun> {
    const disturbed = fault !== undefined || pages < Number.POSITIVE_INFINITY || this.active.length > 0;
    for (const other of this.active) other.disturbed = true;
    const run: ModelRun = { waiting: [], shown: new Map(), disturbed, dead: false, ended: undefined };
    this.runs.push(run);
    let requests = 0;
    let left = pages;
    const effect = async (name: string) => {
      if (name.startsWith('replaced ')) this.onCommit(run, name.slice('replaced '.length));
      if (!run.dead) await new Promise<void>((resolve) => run.waiting.push(resolve));
      if (run.dead) throw new Death();
      if (name === 'response') left--;
    };
    const ports = portsOf(this.vendor, this.lake, this.checkpoint, {
      now: this.now,
      effect,
      timeLeftMs: () => (left > 0 ? 1000 : 100),
      observe: (event) => {
        if (event.event === 'checkpoint' && event.watermark !== undefined) this.onCheckpoint(event.watermark);
      },
    });
    const clock = { ...ports.clock, now: () => this.now };
    const fetchPage: typeof ports.fetchPage = (request, signal, read) =>
      ports.fetchPage(request, signal, (body) => {
        const after = request.carriesCursor;
        if (fault && ++requests >= fault.request && (after || fault.code !== 'cursor-refused')) {
          throw new ConvlakeError(fault.code, 'retry', 'as planned');
        }
        this.#note(run, body);
        return read(body);
      });
    exportStream({ ...scriptedSettings, definition: this.vendor.definition, ...settings }, this.vendor.dialect, {
      ...ports,
      clock,
      fetchPage,
    }).then(
      ({ outcome, error }) => {
        run.ended = { outcome, error };
      },
      (error: unknown) => {
        run.ended = { outcome: 'failed', error };
      },
    );
    await setImmediate();
    return run;
  }

  /** Lets one waiting effect of the run happen, and the run go on to its next. */
  async step(run: ModelRun, pick: number): Promise<void> {
    run.waiting.splice(Math.floor(pick * run.waiting.length), 1)[0]?.();
    // Ports and codec in memory wait for nothing but promises: all that can happen has happened by then.
    await setImmediate();
  }

  /** The process of the run is gone: no effect of it happens any more. */
  async kill(run: ModelRun): Promise<void> {
    run.dead = true;
    run.disturbed = true;
    for (const resume of run.waiting.splice(0)) resume();
    while (!run.ended) await setImmediate();
    const { error } = run.ended;
    if (error !== undefined && !(error instanceof Death)) throw error;
  }

  async finish(run: ModelRun, random: () => number): Promise<void> {
    while (!run.ended) await this.step(run, random());
  }

  #note(run: ModelRun, body: Uint8Array): void {
    const { data } = JSON.parse(new TextDecoder().decode(body)) as { data: unknown[] };
    for (const row of data) {
      const line = JSON.stringify(row);
      const key = modelKeyOf(line);
      const age = this.vendor.history.get(key)?.indexOf(line) ?? -1;
      run.shown.set(key, Math.max(age, run.shown.get(key) ?? 0));
    }
  }
}
