import { describe, expect, test } from 'vitest';
import { drawShare } from '../../simulator/rows/random.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../support/durations.ts';
import { type ModelKind, type ModelRow, modelKeyOf, modelVersionOf } from '../../support/vendor/model-vendor.ts';
import { type ModelRun, ModelWorld, type RunPlan } from '../../support/vendor/model-world.ts';

/** The vendor changes nothing later than this after a row's filing or version: what every lookback below covers. */
const CHANGES_WITHIN_MS = 12 * HOUR_MS;
const UNDATED = '__HIVE_DEFAULT_PARTITION__';
const NEVER_MS = Date.UTC(2100, 0);
const HISTORIES = 150;
const SCENES = 14;

/** A history: a vendor that changes, and runs that overlap, freeze, wake, die, fail and run out of time. */
class History {
  readonly world: ModelWorld;
  readonly kind: ModelKind;
  readonly random: () => number;
  #named = 0;
  #newestUs = 0;
  /** The first row that a checkpoint was ahead of. */
  #ahead: string | undefined;
  /** A row that a run brought back to an older state than another run had committed in the same place. */
  #setBack: string | undefined;
  readonly #deep: boolean;
  readonly #committed = new Map<string, { readonly age: number; readonly by: ModelRun }>();
  readonly #everUndated = new Set<string>();
  /** Rows that got their time, and the runs that were under way then. */
  readonly #dated = new Map<string, readonly ModelRun[]>();

  constructor(kind: ModelKind, seed: number) {
    let drawn = 0;
    this.kind = kind;
    this.world = new ModelWorld(kind);
    this.random = () => drawShare(seed, drawn++, 1);
    this.world.vendor.pageSize = this.pick([1, 2, 3, 7]);
    this.world.onCheckpoint = (watermark) => {
      this.#ahead ??= this.#unheldBelow(watermark);
      // The deep re-read mends what the others miss; most histories do without it.
      const { value } = this.world.checkpoint;
      if (value && !this.#deep) this.world.checkpoint.value = { ...value, deep: NEVER_MS };
    };
    this.world.onCommit = (run, key) => this.#noteCommit(run, key);
    this.#deep = this.random() < 0.3;
  }

  pick<T>(from: readonly [T, ...T[]]): T {
    return from[Math.floor(this.random() * from.length)] ?? from[0];
  }

  /** Scene after scene: the vendor changes, time passes, and runs begin, go on, freeze, wake or die. */
  async live(): Promise<void> {
    const { world } = this;
    for (let scene = 0; scene < SCENES; scene++) {
      this.#changes(this.pick([0, 1, 4]));
      if (this.kind === 'version') this.#blindness();
      world.now += this.pick([1000, 6 * MINUTE_MS, HOUR_MS, 13 * HOUR_MS, 30 * HOUR_MS]);
      const [frozen, other] = world.active;
      const chance = this.random();
      if (frozen && chance < 0.1) await world.kill(frozen);
      else if (frozen && other && chance < 0.6) await this.#goOn([frozen, other], this.pick([5, 40, 200]));
      else if (frozen && chance < 0.25) await this.#goOn([frozen], this.pick([1, 5, 20, 500]));
      else await this.#goOn([await world.start(this.#runPlan())], this.pick([3, 20, 60, 500, 500]));
    }
    await this.#goOn(world.active, Number.POSITIVE_INFINITY);
  }

  /** Faults have stopped: one run ends the re-read that was under way, the next one makes the one that is due since. */
  async drain(): Promise<void> {
    this.world.vendor.blind = false;
    for (let run = 0; run < 2; run++) {
      this.world.now += this.pick([3 * MINUTE_MS, HOUR_MS, 40 * HOUR_MS]);
      const { settings } = this.#runPlan();
      await this.world.finish(await this.world.start({ settings }), this.random);
    }
  }

  /** Lets so many effects of these runs happen, in a random order, while the vendor changes now and then. */
  async #goOn(runs: readonly ModelRun[], effects: number): Promise<void> {
    let left = effects;
    for (let going = runs; going[0] && left > 0; going = going.filter(({ ended }) => !ended)) {
      await this.world.step(this.pick([going[0], ...going]), this.random());
      left--;
      if (this.random() < 0.03) this.#changes(2);
      if (this.random() < 0.01) this.world.now += 6 * MINUTE_MS;
    }
  }

  #changes(count: number): void {
    for (let i = 0; i < count; i++) this.#change();
  }

  #blindness(): void {
    const { vendor } = this.world;
    if (vendor.blind) vendor.blind = this.random() < 0.4;
    else if (this.random() < 0.1) vendor.goBlind();
  }

  #runPlan(): RunPlan {
    const short = this.random() < 0.3;
    const fails = this.random() < 0.15;
    return {
      settings: {
        windowMs: this.pick([DAY_MS, DAY_MS, 5 * HOUR_MS]),
        lookbackMs: this.pick([CHANGES_WITHIN_MS, DAY_MS]),
        deep: { at: '03:00', lookbackMs: this.pick([0, 3 * DAY_MS]) },
        settleMs: this.pick([0, 2 * MINUTE_MS]),
        concurrency: this.pick([1, 2, 3]),
      },
      ...(short ? { pages: 1 + Math.floor(this.random() * 12) } : {}),
      ...(fails
        ? {
            fault: {
              request: 1 + Math.floor(this.random() * 8),
              code: this.pick(['cursor-refused', 'vendor-unavailable']),
            },
          }
        : {}),
    };
  }

  #change(): void {
    const { vendor } = this.world;
    const fresh = [...vendor.rows.values()].filter(({ at }) => this.#mayChange(at));
    const row = fresh[Math.floor(this.random() * fresh.length)];
    const chance = this.random();
    if (!row || chance < 0.45) this.#put(`id-${this.#named++}`, this.#newTime());
    else if (chance < 0.75) this.#put(row.id, row.time ?? (this.random() < 0.5 ? row.at / 1000 : null), row);
    else if (chance < 0.85) this.#bulk(fresh);
    else if (chance < 0.92 && !this.#everUndated.has(row.id)) vendor.vanish(row);
    else this.#reappear();
  }

  #newTime(): number | null {
    const { now } = this.world;
    if (this.random() < 0.12) return null;
    return this.random() < 0.2 ? now - this.pick([4, 9]) * DAY_MS : now - Math.floor(this.random() * HOUR_MS);
  }

  /** A new row, filed now or late; or a new state of one, which stays filed where it is or has a greater version. */
  #put(id: string, time: number | null, was?: ModelRow, at = this.#filedAt(was)): void {
    if (time === null) this.#everUndated.add(id);
    else if (was?.time === null) this.#dated.set(id, this.world.active);
    this.world.vendor.put(id, time, at, this.world.now);
  }

  #filedAt(was: ModelRow | undefined): number {
    if (this.kind === 'time' && was) return was.at;
    const lateUs = Math.floor(this.random() * (CHANGES_WITHIN_MS - MINUTE_MS)) * 1000;
    if (this.random() < 0.25) return Math.max(this.world.now * 1000 - lateUs, (was?.at ?? 0) + 1);
    return this.#nowUs();
  }

  /** A microsecond of its own for everything that is not late. */
  #nowUs(): number {
    this.#newestUs = Math.max(this.world.now * 1000, this.#newestUs + 1);
    return this.#newestUs;
  }

  /** Many rows change at once; where there are versions they all get the same. */
  #bulk(rows: readonly ModelRow[]): void {
    const together = this.#nowUs();
    for (const row of rows.slice(0, 12)) this.#put(row.id, row.time, row, this.kind === 'time' ? row.at : together);
  }

  /** A row that vanished comes back, in a new state. */
  #reappear(): void {
    const row = [...this.world.vendor.vanished.values()].find(({ at }) => this.#mayChange(at));
    if (row) this.#put(row.id, row.time, row);
  }

  #mayChange(at: number): boolean {
    return this.kind === 'version' || at / 1000 > this.world.now - CHANGES_WITHIN_MS + MINUTE_MS;
  }

  /** A row that is not in the lake though it could be seen from the moment it was filed and the watermark is above that moment. */
  #unheldBelow(watermark: number): string | undefined {
    const held = this.#lines(() => true);
    const below = [...this.world.vendor.rows.values()].filter(({ at, late }) => !late && at < watermark * 1000);
    return below.find(({ id, at }) => {
      const lines = held.get(id) ?? [];
      return !lines.some((line) => this.kind === 'time' || (modelVersionOf(line) ?? 0) >= at);
    })?.id;
  }

  #noteCommit(by: ModelRun, key: string): void {
    for (const { key: at, line } of this.world.lake.lines()) {
      const id = modelKeyOf(line);
      if (at !== key || this.#mayLinger(id, key)) continue;
      const age = this.world.vendor.history.get(id)?.indexOf(line) ?? -1;
      const place = `${key} ${id}`;
      const before = this.#committed.get(place);
      if (before && before.age > age && before.by !== by) this.#setBack ??= id;
      if (before?.age !== age) this.#committed.set(place, { age, by });
    }
  }

  /** The lines of the lake by key, of those objects that count. */
  #lines(counts: (id: string, key: string) => boolean): Map<string, string[]> {
    const held = new Map<string, string[]>();
    for (const { key, line } of this.world.lake.lines()) {
      const id = modelKeyOf(line);
      if (counts(id, key)) held.set(id, [...(held.get(id) ?? []), line]);
    }
    return held;
  }

  /**
   * A run that read a row before it got its time, froze for days and woke beside others may leave it among the undated rows:
   * nothing there says that it has a date since.
   */
  #mayLinger(id: string, key: string): boolean {
    return key.includes(UNDATED) && (this.#dated.get(id)?.some(({ disturbed }) => disturbed) ?? false);
  }

  /** What must be true of the lake now. */
  expectPromise(): void {
    const { vendor, lake, runs } = this.world;
    const held = this.#lines((id, key) => !this.#mayLinger(id, key));
    expect(this.#ahead, 'a checkpoint was ahead of this row').toBeUndefined();
    expect(this.#setBack, 'this row was set back').toBeUndefined();
    for (const { key, line } of lake.lines()) {
      const { DatetimeUTC, created_at } = JSON.parse(line) as {
        DatetimeUTC?: string | null;
        created_at?: string | null;
      };
      const day = (DatetimeUTC ?? created_at)?.slice(0, 10) ?? UNDATED;
      expect(key).toContain(`/dt=${day}/`);
      expect(vendor.history.get(modelKeyOf(line))).toContain(line);
    }
    for (const [id, lines] of held) expect(lines, `${id} stands once`).toHaveLength(1);
    for (const { id, line } of vendor.rows.values())
      expect(held.get(id), `${id} is as the vendor has it`).toEqual([line]);
    for (const { shown, ended } of runs) {
      // A run that is cut short may leave a page that it had asked for ahead.
      if (ended?.outcome !== 'caught up') continue;
      for (const [id, age] of shown) {
        const [line] = held.get(id) ?? [];
        expect(line, `${id} was read, and stays`).toBeDefined();
        // Without versions two runs beside each other cannot tell which of two states of a vanished row is newer.
        const stale = this.kind === 'version' && (vendor.history.get(id)?.indexOf(line ?? '') ?? -1) < age;
        expect(stale, `${id} is not older than what was read`).toBe(false);
      }
    }
  }
}

describe.each<ModelKind>(['time', 'version'])('any history of a stream read by %s', (kind) => {
  test('ends with one line per key: the newest, in its own date, in the bytes of the vendor', async () => {
    for (let seed = 1; seed <= HISTORIES; seed++) {
      const history = new History(kind, seed);
      try {
        await history.live();
        await history.drain();
        history.expectPromise();
        for (const run of history.world.runs) {
          if (!run.disturbed) expect(run.ended).toEqual({ outcome: 'caught up', error: undefined });
        }
      } catch (cause) {
        throw new Error(`history ${seed} of a stream read by ${kind} breaks the promise: ${String(cause)}`, { cause });
      }
    }
  });
});
