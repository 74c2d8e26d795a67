import { Buffer } from 'node:buffer';
import { parseObjectKey, parseOversizedKey } from '../../../contract/layout.ts';
import { decodeCheckpoint } from '../../../functions/engine/checkpoint/codec.ts';
import { DAY_MS } from '../../support/durations.ts';
import { isWhole, unpackedWhole } from '../../support/run/memory-ports.ts';
import type { End } from '../world/fleet.ts';
import type { LivingRow } from '../world/life.ts';
import type { Process } from '../world/wire.ts';
import type { LineRules } from './line-rules.ts';
import { objectRows } from './object-rows.ts';
import { type PlannedFrom, WalkEnds } from './walk-ends.ts';
import { rulesOf, type Witnesses } from './witnesses.ts';

/** Watches every step of a history, and says what of the promise it broke first. */
export class Checker {
  /** The first thing that was wrong; undefined while the promise holds. */
  broken: string | undefined;
  /** Lines that were compared with what the vendor has. */
  rowsChecked = 0;
  readonly #witnesses: Witnesses;
  readonly #rules: LineRules;
  /** The lines of each object of the table, by row key. */
  readonly #objects = new Map<string, ReadonlyMap<string, string>>();
  /** To which objects of rows too large for a line each object refers. */
  readonly #references = new Map<string, ReadonlySet<string>>();
  readonly #committed = new Map<string, { readonly age: number; readonly by: Process }>();
  readonly #shownTo = new Map<Process, Map<string, number>>();
  readonly #caughtUp: Process[] = [];
  /** Rows whose object was removed: they are missing until they are read again. */
  readonly #damaged = new Set<string>();
  readonly #walkEnds = new WalkEnds();
  readonly #datedUnder = new Map<string, readonly Process[]>();

  constructor(witnesses: Witnesses) {
    this.#witnesses = witnesses;
    this.#rules = rulesOf(witnesses);
  }

  breach(what: string): void {
    this.broken ??= what;
  }

  /** A page was heard by a process. */
  heard(process: Process, body: string): void {
    const { pages } = this.#rules;
    // Rows beyond the end of a history's window, and nobody knows where that is, are left to another.
    if (this.#witnesses.life.byVersion && pages.isByTime(body)) return;
    const rows = pages.rowsOf(body);
    const shown = this.#shownTo.get(process) ?? new Map<string, number>();
    this.#shownTo.set(process, shown);
    const endMs = this.#witnesses.life.byVersion ? (this.#walkEnds.of(process) ?? 0) : undefined;
    for (const row of rows) {
      const line = JSON.stringify(row);
      const id = pages.keyOf(line);
      // A page of a walk by version may show rows beyond its end: they are left to another walk, which may not see them any more.
      if (endMs !== undefined && pages.versionUsOf(line) >= endMs * 1000) continue;
      shown.set(id, Math.max(this.#rules.shownAge(id, line), shown.get(id) ?? 0));
    }
  }

  /** A process reads what it plans from. */
  plans(process: Process, from: PlannedFrom): void {
    this.#walkEnds.read(process, from);
  }

  /** A row got its time while these processes were under way. */
  dated(id: string): void {
    this.#datedUnder.set(id, [...this.#witnesses.live()]);
  }

  /** An object was removed. */
  damage(key: string): readonly string[] {
    const ids = [...(this.#objects.get(key)?.keys() ?? [])];
    this.#objects.delete(key);
    this.#references.delete(key);
    for (const id of ids) {
      this.#damaged.add(id);
      this.#committed.delete(`${key} ${id}`);
    }
    return ids;
  }

  /** An object was removed by a run: nothing may refer to it. */
  removed(key: string, by: Process): void {
    for (const [other, references] of this.#references) {
      if (references.has(key)) this.breach(`${by.id} removed ${key}, to which ${other} refers`);
    }
  }

  /** An object was replaced: it must be whole, in its own date, without a doubled row, and take no row back. */
  wrote(key: string, by: Process): void {
    const bytes = this.#bytesAt(key) ?? Buffer.alloc(0);
    // What is in it is looked at when a checkpoint is written.
    if (key.includes('_revisits/')) return;
    const wrong = key.startsWith('convlake_runs/')
      ? reported(key, bytes)
      : parseOversizedKey(key)
        ? this.#wrongWithWhole(key, bytes)
        : this.#wrongWith(key, bytes, by);
    if (wrong !== undefined) this.breach(wrong);
  }

  #bytesAt(key: string): Buffer | undefined {
    return this.#witnesses.s3.store.objects.get(key)?.bytes;
  }

  #wrongWithWhole(key: string, bytes: Buffer): string | undefined {
    const text = unpackedWhole(bytes).toString();
    const { lines } = this.#rules;
    const trueOnce = this.#rules.ageOf(lines.keyOf(text), text) >= 0;
    const { dt } = parseOversizedKey(key) ?? {};
    return trueOnce && lines.dateOf(text) === dt ? undefined : `${key} holds ${text.slice(-200)}`;
  }

  #wrongWith(key: string, bytes: Buffer, by: Process): string | undefined {
    const place = parseObjectKey(key);
    if (!place) return `${key} is not a place for rows`;
    const { single, oversizedBytes, life } = this.#witnesses;
    const bytesAt = (other: string) => this.#bytesAt(other);
    const stands = (stub: string, line: string) => this.#rules.stands(stub, line);
    const read = objectRows(bytes, { bytesAt, stands, oversizedBytes });
    if (single && !isWhole(bytes)) return `${key} is not one gzip member`;
    if (typeof read === 'string') return `${key} ${read}`;
    const before = this.#objects.get(key);
    const held = new Map<string, string>();
    for (const line of read.rows) {
      const id = this.#rules.lines.keyOf(line);
      const row = life.rows.get(id);
      const age = this.#rules.ageOf(id, line);
      if (!row || age < 0) return `${key} holds a line that was never true: ${line}`;
      if (held.has(id)) return `${key} holds ${id} twice`;
      if (this.#rules.lines.dateOf(line) !== place.dt) return `${key} holds ${line}`;
      held.set(id, line);
      this.#committedTo(key, id, age, by);
      const wrong = this.#mayLinger(id, key) ? undefined : this.#rules.wrongStep(id, before?.get(id) ?? '', line);
      if (wrong !== undefined) return `${wrong} (${by.id})`;
    }
    for (const id of before?.keys() ?? []) {
      const mayLeave = place.dt === undefined && this.#heldElsewhere(id, key);
      if (!held.has(id) && !mayLeave) return `${id} was in ${key} and is gone`;
    }
    this.#objects.set(key, held);
    this.#references.set(key, read.references);
    return undefined;
  }

  /** A checkpoint was written: nothing that could be seen below its watermark may be missing from the lake. */
  kept(text: string): void {
    const checkpoint = decodeCheckpoint(text, 'the checkpoint');
    const { watermark } = checkpoint;
    const { life } = this.#witnesses;
    for (const row of life.rows.values()) {
      const isBelow = life.placeOf(row) < watermark && this.#rules.isOwed(row, checkpoint);
      if (!row.visible || row.late || !isBelow || this.#damaged.has(row.id)) continue;
      const there = this.#rules.isThere(row, this.#linesOf(row.id, true));
      if (!there) this.breach(`the watermark ${new Date(watermark).toISOString()} is ahead of ${row.id}: ${row.line}`);
    }
    const wrong = this.#rules.wrongWith(checkpoint, this.#allLines());
    if (wrong !== undefined) this.breach(wrong);
  }

  ended({ process, outcome, error }: End): void {
    if (outcome === 'caught up') this.#caughtUp.push(process);
    else if (outcome !== 'out of time') this.#shownTo.delete(process);
    if (outcome === 'failed' && !/^ConvlakeError/.test(error?.name ?? '')) {
      this.breach(`${process.id} failed: ${error?.stack}`);
    }
    if (outcome === 'failed' && !process.disturbed)
      this.breach(`${process.id} failed for no reason: ${error?.message}`);
  }

  /** A backfill is done: what lay in its span all the while is in the lake. */
  backfilled(rows: readonly LivingRow[], begunMs: number): void {
    const { wentAt } = this.#witnesses.life;
    for (const { id } of rows) {
      const stayed = (wentAt.get(id) ?? 0) < begunMs && !this.#damaged.has(id);
      if (stayed && this.#linesOf(id, true).length === 0) this.breach(`the backfill has passed over ${id}`);
    }
  }

  /** Everything has come to rest: the lake is what the vendor has, and what it showed before. */
  finalLook(): void {
    const { life, s3 } = this.#witnesses;
    for (const row of life.rows.values()) {
      const lines = this.#linesOf(row.id);
      this.rowsChecked++;
      if (lines.length > 1) this.breach(`${row.id} stands ${lines.length} times`);
      if (!row.visible || !this.#rules.isOwed(row, undefined)) continue;
      const [line] = lines;
      if (line === undefined && !life.passedOver.has(row.id) && this.#leftLineOf(row.id) === undefined)
        this.breach(`${row.id} is lost`);
      const wrong = line === undefined ? undefined : this.#rules.wrongAtEnd(row, line);
      if (wrong !== undefined) this.breach(wrong);
    }
    for (const process of this.#caughtUp) {
      for (const [id, age] of this.#shownTo.get(process) ?? []) {
        // Gone from the vendor too before it could be read again.
        if (this.#damaged.has(id) && !life.rows.get(id)?.visible) continue;
        const line = this.#linesOf(id)[0] ?? this.#undatedLineOf(id, age) ?? this.#leftLineOf(id);
        const read = this.#rules.rowAt(id, age) ?? '';
        if (line === undefined) this.breach(`${id} was read by ${process.id} and is not there`);
        else if (this.#rules.ageOf(id, line) < age && this.#mustBeAsRead(id, process, line, read)) {
          this.breach(`${id} is ${line} and older than what ${process.id} read: ${read}`);
        }
      }
    }
    for (const [id, { key }] of s3.store.uploads) {
      const by = s3.uploadedBy.get(id);
      const excused = by?.dead || [...(by?.troubles ?? [])].some((name) => /^(Create|Abort)Multipart/.test(name));
      if (!excused) this.breach(`${by?.id} left an upload to ${key} behind`);
    }
  }

  /**
   * Without versions there is no telling which of two simultaneous readings is newer; the window is read again then, and a row
   * that has gone meanwhile stays as it was, or is not returned. So it is with a row whose object was first looked at when the row
   * came, and with one that was read in two states of one version, also where it got a newer one before it went: that takes it out
   * of the walk that comes back for it.
   */
  #mustBeAsRead(id: string, process: Process, line: string, read: string): boolean {
    const { byVersion, rows, wasBlind } = this.#witnesses.life;
    const row = rows.get(id);
    if (this.#rules.mayBeBehind(id, line)) return false;
    const ofOneVersion = this.#rules.lines.versionUsOf(line) === this.#rules.pages.versionUsOf(read);
    if (byVersion && ofOneVersion && (!row?.visible || wasBlind)) return false;
    const near = !row || row.timeMs === null || Math.abs(row.timeMs - row.filedMs) < DAY_MS;
    return byVersion || (near && !process.disturbed);
  }

  #committedTo(key: string, id: string, age: number, by: Process): void {
    if (this.#mayLinger(id, key)) return;
    const place = `${key} ${id}`;
    const before = this.#committed.get(place);
    if (before && before.age > age && (this.#witnesses.life.byVersion || before.by !== by)) {
      this.breach(`${id} was set back in ${key} by ${by.id}`);
    }
    if (before?.age !== age) this.#committed.set(place, { age, by });
  }

  /** The lines of a key in the whole table, less those that may linger where they are. */
  #linesOf(id: string, lingering = false): readonly string[] {
    const lines: string[] = [];
    for (const [key, held] of this.#objects) {
      const line = held.get(id);
      if (line !== undefined && (lingering || !this.#mayLinger(id, key))) lines.push(line);
    }
    return lines;
  }

  /** Where a row that was read without a time, and never since, lies by right, even if it has got its time: nobody was told. */
  #undatedLineOf(id: string, age: number): string | undefined {
    const read = this.#rules.rowAt(id, age);
    const undated = read !== undefined && this.#rules.pages.dateOf(read) === undefined;
    return undated ? this.#linesOf(id, true)[0] : undefined;
  }

  /** Where a line that cannot be brought up to date lingers by right. */
  #leftLineOf(id: string): string | undefined {
    return this.#linesOf(id, true).find((line) => this.#rules.mayBeBehind(id, line));
  }

  #heldElsewhere(id: string, key: string): boolean {
    return [...this.#objects].some(([other, held]) => other !== key && held.has(id)) || this.#damaged.has(id);
  }

  /**
   * A run that read a row before it got its time, stood still and woke while others ran may leave it among the undated rows:
   * nothing there says that it has a date since.
   */
  #mayLinger(id: string, key: string): boolean {
    if (parseObjectKey(key)?.dt !== undefined) return false;
    return this.#datedUnder.get(id)?.some(({ disturbed }) => disturbed) ?? false;
  }

  *#allLines(): Generator<readonly [string, string]> {
    for (const held of this.#objects.values()) yield* held;
  }
}

/** What is wrong with the report of a run. */
function reported(key: string, bytes: Buffer): string | undefined {
  const report = JSON.parse(bytes.toString()) as { errorCode?: string; error?: string };
  return report.errorCode === 'unexpected' ? `${key} says ${report.error}` : undefined;
}
