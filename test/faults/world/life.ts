import { listStream, type StreamName, streamDefinition } from '../../../contract/streams.ts';
import { SHORTEST_WINDOW_MS } from '../../../functions/engine/plan/window.ts';
import type { World } from '../../simulator/world/world.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../support/durations.ts';
import type { Dice } from '../history/dice.ts';
import type { HistoryPlan } from '../history/plan.ts';
import type { DetailLife } from './details/detail-life.ts';
import { rowText, type ShownRow } from './row-text.ts';
import type { Process } from './wire.ts';

/** A row as the vendor has it. */
export interface LivingRow extends ShownRow {
  /** When it was filed: what the vendor filters by, of streams that are read by time. Epoch ms. */
  readonly filedMs: number;
  readonly line: string;
  /** True when it could be seen only later than what the vendor filters by says. */
  readonly late: boolean;
  readonly visible: boolean;
  /** True when it has changed since it got its version: a walk by version need not come by again. */
  readonly silent: boolean;
}

/** What a vendor's life is made from. */
export interface LifeSettings {
  readonly stream: StreamName;
  readonly world: World;
  readonly now: () => number;
  /** The vendor changes nothing that was filed earlier than this before now: what every lookback covers. */
  readonly horizonMs: number;
  /** A row may be seen this much later than it was filed and still count as in time. */
  readonly settleMs: number;
  /** Which rows are too large for a line. */
  readonly oversized: HistoryPlan['oversized'];
  /**
   * What becomes of a walk when a row that it has passed goes: `never` - nothing; `untold` - it passes over another row, and nothing
   * tells it so; `counted` - the vendor's count of the walk's rows tells it, unless another row came meanwhile and made up for the one.
   */
  readonly shifts: 'never' | 'untold' | 'counted';
  /** Who is under way. */
  readonly live: () => Iterable<Process>;
  /** Told of a row that got its time. */
  readonly onDated: (id: string) => void;
  /** The details of the rows, of a stream whose details are fetched. */
  readonly details?: DetailLife | undefined;
}

/** The vendor's own life: rows come, change, finish late, get their time, move and go. It remembers everything that was ever true. */
export class VendorLife {
  readonly rows = new Map<string, LivingRow>();
  /** Every line that was ever true of a key, oldest first. */
  readonly history = new Map<string, string[]>();
  /** Rows that were ever shown without a time. */
  readonly everUndated = new Set<string>();
  /** When rows went that ever did, epoch ms. */
  readonly wentAt = new Map<string, number>();
  /** Rows that a walk may have passed over where no re-read comes by again. */
  readonly passedOver = new Set<string>();
  /** True while it returns "nothing" to every request. */
  blind = false;
  /** True once it did. */
  wasBlind = false;
  readonly byVersion: boolean;
  readonly #settings: LifeSettings;
  readonly #wholeSeconds: boolean;
  /** Rows may have no time at first. */
  readonly #timeless: boolean;
  #value = 0;
  #newestUs = 0;
  /** Who was under way when a row came, and when one went. */
  readonly #cameUnder = new WeakSet<Process>();
  readonly #wentUnder = new WeakSet<Process>();
  /** Rows of a day of which a row went while it was read, and that are older than what re-reads are sure to reach. */
  readonly #outOfReach = new Set<string>();

  constructor(settings: LifeSettings) {
    this.#settings = settings;
    this.byVersion = streamDefinition(settings.stream).readBy === 'version';
    this.#wholeSeconds = /^(voiceable|elevenlabs)/.test(settings.stream);
    this.#timeless = listStream(settings.stream) !== 'elevenlabs.conversations' && !this.byVersion;
  }

  /** Rows that were there before anybody read. */
  begin(count: number, fromMs: number, dice: Dice): void {
    for (let n = 0; n < count; n++) {
      const at = fromMs + Math.floor(dice.share() * (this.#settings.now() - fromMs));
      this.#put({ id: `old-${n}`, timeMs: at, filedMs: at, versionUs: at * 1000 + n, open: false, offsetMinutes: 0 });
    }
    this.#let(this.rows.values(), false);
  }

  /** One thing happens to one row. */
  change(name: string, dice: Dice): void {
    const fresh = [...this.rows.values()].filter((row) => row.visible && this.#mayChange(row));
    const row = fresh[Math.floor(dice.share() * fresh.length)];
    const what = dice.share();
    if (!row || what < 0.42) this.#create(name, dice);
    else if (what < 0.75) this.#update(row, dice);
    else if (what < 0.81) this.#bulk(fresh.slice(0, 12), dice);
    else if (what < 0.83) this.#import(name, dice);
    else if (what < 0.92 && !this.everUndated.has(row.id)) this.#vanish(row);
    else this.#reappear(dice);
  }

  /** So many rows change, or all, and keep their versions: the vendor has deployed a new field, or filled one in. */
  changeInSilence(rows: number, dice: Dice): void {
    const from = Math.floor(dice.share() * this.rows.size);
    const visible = [...this.rows.values()].slice(rows < this.rows.size ? from : 0).filter((row) => row.visible);
    for (const row of visible.slice(0, rows)) this.#put(row, true);
  }

  /** From now on it returns "nothing": whatever it has can be seen later only. */
  goBlind(): void {
    this.blind = true;
    this.wasBlind = true;
    this.#let(this.rows.values(), true);
  }

  #let(rows: Iterable<LivingRow>, late: boolean): void {
    for (const row of rows) this.rows.set(row.id, { ...row, late });
  }

  /** The instant by which the vendor filters the row, epoch ms. */
  placeOf({ versionUs, filedMs }: Pick<LivingRow, 'versionUs' | 'filedMs'>): number {
    return this.byVersion ? versionUs / 1000 : filedMs;
  }

  #create(name: string, dice: Dice): void {
    const { now, horizonMs } = this.#settings;
    const late = dice.happens(0.25);
    const filedMs = now() - Math.floor(dice.share() * (late ? horizonMs : 30_000));
    const old = dice.happens(0.2);
    const timeMs = old ? filedMs - dice.pick([2, 4, 9]) * DAY_MS : filedMs;
    const timeless = this.#timeless && dice.happens(0.12);
    this.#put({
      id: name,
      timeMs: timeless ? null : timeMs,
      filedMs,
      versionUs: late ? filedMs * 1000 : this.#nowUs(),
      open: dice.happens(0.3),
      offsetMinutes: dice.pick([0, -240, 330]),
    });
  }

  #update(row: LivingRow, dice: Dice): void {
    const timeMs = row.timeMs ?? (dice.happens(0.5) ? row.filedMs : null);
    const lateUs = Math.floor(dice.share() * this.#settings.horizonMs) * 1000;
    const late = dice.happens(0.2);
    const versionUs = late ? Math.max(row.versionUs + 1, this.#settings.now() * 1000 - lateUs) : this.#nowUs();
    this.#put({ ...row, timeMs, versionUs, open: false, offsetMinutes: dice.pick([0, -240, 330]) });
  }

  /** Many rows change at once; where there are versions they all get the same. */
  #bulk(rows: readonly LivingRow[], dice: Dice): void {
    const versionUs = this.#nowUs();
    const offsetMinutes = dice.pick([0, 60]);
    for (const row of rows) this.#put({ ...row, versionUs, offsetMinutes });
  }

  /** Rows that came with one call: created and changed at one instant, those of a stream with versions. */
  #import(name: string, dice: Dice): void {
    const versionUs = this.#nowUs();
    const at = Math.floor(versionUs / 1000);
    for (let n = dice.whole(2, 9); n > 0; n--) {
      this.#put({ id: `${name}-${n}`, timeMs: at, filedMs: at, versionUs, open: false, offsetMinutes: 0 });
    }
  }

  #vanish(row: LivingRow): void {
    this.rows.set(row.id, { ...row, visible: false });
    this.wentAt.set(row.id, this.#settings.now());
    this.#settings.world.remove(row.id);
    this.#settings.details?.went(row.id);
    const { shifts, live } = this.#settings;
    const hidden = this.#under(this.#wentUnder, this.#cameUnder);
    if (shifts === 'never') return;
    const others = [...this.rows.values()].filter(({ visible }) => visible);
    const sameDay = others.filter((other) => utcDay(other.filedMs) === utcDay(row.filedMs) && !this.#mayChange(other));
    if ([...live()].length > 0) for (const { id } of sameDay) this.#outOfReach.add(id);
    if (shifts === 'untold' || hidden) this.#passOver();
    else this.#let(inWindowWith(row, others), true);
  }

  /** A walk may have passed over any row, and nothing tells it so: what is within reach is found by the next re-read. */
  #passOver(): void {
    this.#let(this.rows.values(), true);
    for (const id of this.#outOfReach) this.passedOver.add(id);
  }

  /** A row comes that was not there: to a count it stands for one that went. */
  #come(): void {
    const hidden = this.#under(this.#cameUnder, this.#wentUnder);
    if (this.#settings.shifts === 'counted' && hidden) this.#passOver();
  }

  /** Notes who is under way now; true where one of them was when the other happened. */
  #under(now: WeakSet<Process>, other: WeakSet<Process>): boolean {
    let both = false;
    for (const process of this.#settings.live()) {
      now.add(process);
      both ||= other.has(process);
    }
    return both;
  }

  /** A row that vanished comes back, in a new state. */
  #reappear(dice: Dice): void {
    const gone = [...this.rows.values()].filter((row) => !row.visible && this.#mayChange(row));
    const row = gone[Math.floor(dice.share() * gone.length)];
    if (row) this.#put({ ...row, versionUs: this.#nowUs() });
  }

  #mayChange(row: LivingRow): boolean {
    return this.byVersion || row.filedMs > this.#settings.now() - this.#settings.horizonMs + MINUTE_MS;
  }

  #put(
    row: Omit<ShownRow, 'value' | 'fill'> & { readonly filedMs: number; readonly late?: boolean },
    silent = false,
  ): void {
    const { stream, world, now, settleMs, onDated, details } = this.#settings;
    if (!this.rows.get(row.id)?.visible) this.#come();
    const second = this.#wholeSeconds ? 1000 : 1;
    const filedMs = Math.floor(row.filedMs / second) * second;
    const timeMs = row.timeMs === null ? null : Math.floor(row.timeMs / second) * second;
    const value = ++this.#value;
    const messages = details?.messagesOf(row.id);
    const fill = details ? 0 : this.#fillOf(value);
    const shown = { ...row, filedMs, timeMs, value, fill, ...(messages !== undefined && { messages }) };
    const line = rowText(stream, shown);
    const before = this.byVersion && !silent ? undefined : this.rows.get(row.id);
    const late = before ? before.late || !before.visible : this.blind || this.placeOf(shown) + settleMs < now();
    if (timeMs === null) this.everUndated.add(row.id);
    else if (this.rows.get(row.id)?.timeMs === null) onDated(row.id);
    this.rows.set(row.id, { ...shown, line, late, visible: true, silent });
    this.history.set(row.id, [...(this.history.get(row.id) ?? []), line]);
    world.put(line, { key: row.id, time: this.byVersion && timeMs !== null ? timeMs : filedMs });
    details?.listed({ id: row.id, line, open: row.open });
  }

  /** By the value, so that rows grow and shrink as they change. */
  #fillOf(value: number): number {
    const { oversized } = this.#settings;
    return oversized && value % oversized.every === 0 ? oversized.bytes : 0;
  }

  /** A microsecond of its own for everything that is not late. */
  #nowUs(): number {
    this.#newestUs = Math.max(this.#settings.now() * 1000, this.#newestUs + 1);
    return this.#newestUs;
  }
}

function utcDay(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** Rows that one window may hold with the row which is too short to be halved: what it falls short of is read by the next re-read. */
function inWindowWith({ filedMs }: LivingRow, rows: readonly LivingRow[]): readonly LivingRow[] {
  return rows.filter((row) => Math.abs(row.filedMs - filedMs) < 2 * SHORTEST_WINDOW_MS);
}

/** The longest horizon within a lookback: some of it goes to the time between a change and its reading. */
export function horizonWithin(lookbackMs: number, marginMs: number): number {
  return Math.max(0, lookbackMs - Math.max(marginMs, Math.min(HOUR_MS, lookbackMs / 4)));
}
