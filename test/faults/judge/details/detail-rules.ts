import { Buffer } from 'node:buffer';
import { revisitsKey } from '../../../../contract/layout.ts';
import { type DetailStreamName, listStream, streamDefinition } from '../../../../contract/streams.ts';
import { fieldOf } from '../../../simulator/rows/fields.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../support/durations.ts';
import { unframe } from '../../../support/run/memory-ports.ts';
import type { DetailLife, Moment } from '../../world/details/detail-life.ts';
import type { LivingRow, VendorLife } from '../../world/life.ts';
import { TENANT } from '../../world/names.ts';
import { lineReader } from '../line-reader.ts';
import type { LineRules } from '../line-rules.ts';
import { type KnownLine, VendorsTruth } from './vendors-truth.ts';

/** For so long after its time what is not final is asked for, less what clocks and runs may be late. */
const ASKED_FOR_MS = 29 * DAY_MS;
/** How far a clock is off at most that counts as right, and a little. */
const SKEW_MS = 2 * MINUTE_MS;
/** The hour of the day, UTC, of deep re-reads. */
const DEEP_AT_MS = 3 * HOUR_MS;

/** What the rules of details look at. */
export interface DetailWitnesses {
  readonly stream: DetailStreamName;
  readonly life: VendorLife;
  readonly details: DetailLife;
  readonly startMs: number;
  readonly keepsErased: boolean;
  /** False where clocks are wrong by days: when something is due, or too old, is told by them. */
  readonly clocksAreRight: boolean;
  readonly oversizedBytes: number | undefined;
  readonly now: () => number;
  readonly objectAt: (key: string) => Buffer | undefined;
}

/** Rules of a stream whose lines are details of the rows of its parent's list. */
export class DetailRules implements LineRules {
  readonly pages;
  readonly lines;
  readonly #witnesses: DetailWitnesses;
  readonly #truth: VendorsTruth;
  /** The first watermark: what lies before it is read by the rows' own time. */
  #beganMs: number | undefined;

  constructor(witnesses: DetailWitnesses) {
    const { stream, life, details, keepsErased } = witnesses;
    this.#witnesses = witnesses;
    this.#truth = new VendorsTruth(stream, life, details, keepsErased);
    this.pages = lineReader(listStream(stream));
    this.lines = lineReader(stream);
  }

  shownAge(id: string, row: string): number {
    return this.#truth.shownAge(id, row);
  }

  ageOf(id: string, line: string): number {
    const known = this.#truth.known(id, line);
    return known && this.#truth.wasTrue(id, known) ? known.age : -1;
  }

  rowAt(id: string, age: number): string | undefined {
    return this.#truth.rowAt(id, age);
  }

  /** All that stands before the detail, and its status where it has one. */
  stands(stub: string, line: string): boolean {
    const { oversized: _, ...told } = JSON.parse(stub) as Readonly<Record<string, unknown>>;
    const { detail, ...head } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const status = fieldOf(detail, ['status']);
    const wanted: Readonly<Record<string, unknown>> = { ...head, ...(status !== undefined && { detail: { status } }) };
    const names = Object.keys(wanted);
    const isTold = (name: string) => JSON.stringify(told[name]) === JSON.stringify(wanted[name]);
    return names.length === Object.keys(told).length && names.every(isTold);
  }

  isOwed(row: LivingRow, checkpoint?: Parameters<LineRules['isOwed']>[1]): boolean {
    const { life, startMs } = this.#witnesses;
    this.#beganMs ??= checkpoint && (checkpoint.history?.to ?? startMs);
    const history = checkpoint?.history;
    const historyPlace = life.byVersion ? (row.timeMs ?? 0) : row.filedMs;
    const isLeft = history !== undefined && historyPlace >= history.from && historyPlace < history.to;
    // Before the first watermark it is the time of the row that has to lie behind `start`.
    const isOfHistory = life.byVersion && life.placeOf(row) < (this.#beganMs ?? Number.POSITIVE_INFINITY);
    return !isLeft && (isOfHistory ? historyPlace : life.placeOf(row)) >= startMs;
  }

  isThere(row: LivingRow, lines: readonly string[]): boolean {
    const isNew = (line: string) => this.lines.versionUsOf(line) >= row.versionUs;
    if (!this.#witnesses.life.byVersion || lines.some(isNew)) return lines.length > 0;
    // A detail that could not be fetched leaves the held one as it is, and its id in the book; so does one that only a stub could tell of.
    const { oversizedBytes = Number.POSITIVE_INFINITY } = this.#witnesses;
    const isLarge = lines.some((line) => line.length > oversizedBytes);
    return lines.length > 0 && (isLarge || this.#askedAgain().has(row.id) || !this.#isYoung(row));
  }

  wrongStep(id: string, before: string, after: string): string | undefined {
    const [was, is] = [this.#truth.known(id, before), this.#truth.known(id, after)];
    if (was?.detail === undefined || !is) return undefined;
    if (is.detail === undefined) return `${id} lost its detail to a marker: ${after}`;
    if (this.#truth.isEmptied(id, is.detail) && !this.#truth.isEmptied(id, was.detail))
      return `${id} was emptied: ${after}`;
    const [from, to] = [was, is].map(({ detail }) => this.#truth.momentOf(id, detail));
    // What is final takes the place of what is not, be it older: of one state the one that tells more stays.
    const isBack = from && to && to.to <= from.from && (to.shown?.open === true || from.shown?.open !== true);
    return was.age === is.age && isBack ? `${id} got an older detail of the same state: ${after}` : undefined;
  }

  wrongWith(_: unknown, lines: Iterable<readonly [string, string]>): string | undefined {
    if (!this.#witnesses.clocksAreRight) return undefined;
    const asked = this.#askedAgain();
    for (const [id, line] of lines) {
      const row = this.#witnesses.life.rows.get(id);
      const known = this.#truth.known(id, line);
      if (!row || !known || !this.#isYoung(row) || this.lines.dateOf(line) === undefined) continue;
      if (this.#isOpen(id, known) && !asked.has(id)) return `nobody is to ask for ${id} again: ${line}`;
    }
    return undefined;
  }

  wrongAtEnd(row: LivingRow, line: string): string | undefined {
    const { id } = row;
    const current = this.#truth.momentsOf(id).at(-1);
    const known = this.#truth.known(id, line);
    if (!known || !current) return `${id} is ${line}`;
    const newest = this.#truth.shownAge(id, row.line);
    if (known.age !== newest)
      return this.mayBeBehind(id, line)
        ? undefined
        : `${id} is of an older state: ${line} and should be of ${row.line}`;
    if (current.is !== 'detail') return undefined;
    const wrong = this.#wrongDetail(row, known, current);
    return wrong && `${id} ${wrong}: ${line} and should be ${current.text}`;
  }

  /** A detail that cannot be had, or of which only its stub could be changed, leaves what is held as it is. */
  mayBeBehind(id: string, line: string): boolean {
    const { life, clocksAreRight, oversizedBytes = Number.POSITIVE_INFINITY } = this.#witnesses;
    // Put off by a clock that was ahead, it has its turn when that day comes.
    if (!clocksAreRight && this.#askedAgain().has(id)) return true;
    const row = life.rows.get(id);
    const is = this.#truth.momentsOf(id).at(-1)?.is;
    return is === 502 || is === 'other' || line.length > oversizedBytes || !row || !this.#isYoung(row);
  }

  #wrongDetail(row: LivingRow, known: KnownLine, current: Moment): string | undefined {
    const { stream, clocksAreRight } = this.#witnesses;
    const { id, timeMs } = row;
    const isAskedFor = clocksAreRight && timeMs !== null && this.#isYoung(row);
    if (known.detail === undefined) return isAskedFor ? 'has a marker and no detail' : undefined;
    const held = this.#truth.momentOf(id, known.detail);
    // A mix stays over what is empty, as any other detail does.
    if (!held)
      return this.#truth.changedApart(id, known) || this.#truth.isEmptied(id, current.text) ? undefined : 'is a mix';
    if (!isAskedFor || known.gone || this.#truth.isEmptied(id, current.text) || this.#mayBeKept(id, known))
      return undefined;
    if (held.shown?.open && !current.shown?.open) return 'is open and could be final';
    // Of one state what is final stays over what is not.
    if (current.shown?.open && !held.shown?.open) return undefined;
    if (held.shown?.incomplete && held.toMs + SKEW_MS <= nextDeep(held.fromMs)) return 'was not completed';
    const lastMs = stream === 'salesloft.conversation_details' ? timeMs + 48 * HOUR_MS : 0;
    return held.toMs + SKEW_MS < lastMs ? 'was not fetched again when it was late' : undefined;
  }

  /** True where the detail was not there, or not to be taken over, at some time since: what was held then was kept. */
  #mayBeKept(id: string, { since }: KnownLine): boolean {
    const later = this.#truth.momentsOf(id).filter(({ to }) => to > since);
    return later.some(({ is, text }) => is === 404 || this.#truth.isEmptied(id, text));
  }

  #isOpen(id: string, { detail, gone }: KnownLine): boolean {
    return detail === undefined || (!gone && this.#truth.momentOf(id, detail)?.shown?.open === true);
  }

  #isYoung({ timeMs }: LivingRow): boolean {
    return timeMs !== null && this.#witnesses.now() < timeMs + ASKED_FOR_MS;
  }

  /** The ids in the book of what is to be asked for again. */
  #askedAgain(): ReadonlySet<string> {
    const { stream, objectAt } = this.#witnesses;
    const { table } = streamDefinition(stream);
    const bytes = objectAt(revisitsKey({ table, tenant: TENANT })) ?? Buffer.alloc(0);
    const lines = unframe(bytes).flatMap((member) => member.toString().split('\n').slice(0, -1));
    return new Set(lines.map((line) => this.lines.keyOf(line)));
  }
}

function nextDeep(ms: number): number {
  return (Math.floor((ms - DEEP_AT_MS) / DAY_MS) + 1) * DAY_MS + DEEP_AT_MS;
}
