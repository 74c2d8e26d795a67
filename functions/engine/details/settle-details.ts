import type { FieldPath } from '../../../contract/streams.ts';
import type { Walk } from '../partition/logical-clock.ts';
import { standsFor } from '../partition/reading.ts';
import type { Entry } from '../partition/row-index.ts';
import type { Marks, Writers } from '../partition/writers.ts';
import { type Identity, Rank } from '../rows/identify.ts';
import type { IdentifiedRow, RowEntry } from '../rows/oversized.ts';
import { readRow } from '../rows/read-row.ts';
import type { DetailDialect, DetailReading } from '../source.ts';
import type { DetailCounts } from './detail-counts.ts';
import { type DetailLines, detailIn } from './detail-line.ts';
import type { Wanted } from './listed.ts';
import type { Outcome } from './revisits/next-revisit.ts';
import type { RevisitBook } from './revisits/revisit-book.ts';

/** Held lines that are to be changed wait for so many of them, or so many bytes, since each time an object is read. */
const MOST_KEPT = 200;
const KEPT_BYTES = 8 * 1024 * 1024;

/** A held detail that stays although its row is listed in another state. */
interface Kept {
  readonly wanted: Wanted;
  readonly identity: Wanted['identity'];
  readonly gone: number | undefined;
  /** The line that is taken in where there is nothing to keep after all. */
  readonly instead: Uint8Array;
  /** What came is empty: what is held stays unless it is empty too. */
  readonly cameEmpty: boolean;
}

/** What settling needs of its run. */
export interface SettlingParts {
  readonly dialect: DetailDialect;
  readonly lines: DetailLines;
  /** Of the stream's own lines. */
  readonly fields: readonly FieldPath[];
  readonly entry: RowEntry;
  readonly writers: Writers;
  readonly counts: DetailCounts;
  /** What is to be asked for again. */
  readonly book: RevisitBook;
  /** What the vendor has erased stays. */
  readonly keepErased: boolean;
  /** Details are fetched although one is held for the same state. */
  readonly refetch: boolean;
  /** The ids are asked for because it is their turn. */
  readonly isRevisit: boolean;
  /** Told of every line that is taken in. */
  readonly tookIn: (row: IdentifiedRow) => void;
}

/** Turns what became of the ids of one walk into lines. What is held is lost to nothing but another detail, or the vendor's own word. */
export class Settling {
  readonly #parts: SettlingParts;
  readonly #walk: Walk;
  /** Told of the writers that took something in. */
  readonly #taken: (marks: Marks) => void;
  #kept: Kept[] = [];
  #keptBytes = 0;

  constructor(parts: SettlingParts, walk: Walk, taken: (marks: Marks) => void) {
    this.#parts = parts;
    this.#walk = walk;
    this.#taken = taken;
  }

  /** A detail came. */
  async came(wanted: Wanted, reading: DetailReading): Promise<void> {
    const { counts, lines, keepErased } = this.#parts;
    counts.fetched++;
    if (reading.erased) counts.erased++;
    const line = lines.withDetail(wanted.head, reading.bytes);
    const doubtful = reading.erased ? keepErased : reading.empty;
    if (doubtful && (await this.#holdsDetail(wanted))) {
      await this.#keep({ wanted, gone: undefined, instead: line, cameEmpty: !reading.erased });
    } else {
      await this.#add(wanted, line, { incomplete: reading.incomplete, doubtful });
    }
  }

  /** The vendor has no such detail: one that is held stays, with a word of it. */
  async gone(wanted: Wanted, status: number): Promise<void> {
    const { counts, lines } = this.#parts;
    counts.gone++;
    const instead = lines.marker(wanted.head, { gone: status });
    if (await this.#holdsDetail(wanted)) await this.#keep({ wanted, gone: status, instead, cameEmpty: false });
    else await this.#add(wanted, instead);
  }

  /** The detail could not be fetched: one that is held stays as it is. */
  async failed(wanted: Wanted, reason: number | string): Promise<void> {
    const { counts, writers, lines, isRevisit } = this.#parts;
    counts.failed++;
    let known = false;
    const isDetail = (_: Wanted, { rank }: Entry) => {
      known = true;
      return rank >= Rank.open;
    };
    const { marks, missing } = await writers.hold([wanted], wanted.readAt, isDetail, true);
    if (!known) counts.freshlyFailed++;
    if (known && isRevisit) counts.failedAgain++;
    if (missing.length > 0) return this.#add(wanted, lines.marker(wanted.head, { failed: reason }));
    // What is held need not be what was to be fetched.
    this.#tell(wanted, { rank: Rank.marker, incomplete: false })(marks);
    this.#taken(marks);
  }

  /** Settles what was put off. */
  async finish(): Promise<void> {
    let left: readonly Kept[] = this.#kept;
    this.#kept = [];
    this.#keptBytes = 0;
    while (left.length > 0) {
      const held = await this.#parts.writers.readBack(left, KEPT_BYTES);
      for (const kept of left) {
        const line = held.get(kept);
        if (line || held.size === 0) await this.#settle(kept, line);
      }
      left = held.size === 0 ? [] : left.filter((kept) => !held.has(kept));
    }
  }

  async #keep(kept: Omit<Kept, 'identity'>): Promise<void> {
    this.#kept.push({ ...kept, identity: kept.wanted.identity });
    this.#keptBytes += kept.instead.length;
    if (this.#kept.length >= MOST_KEPT || this.#keptBytes >= KEPT_BYTES) await this.finish();
  }

  async #settle({ wanted, gone, instead, cameEmpty }: Kept, line: Uint8Array | undefined): Promise<void> {
    const { counts, lines } = this.#parts;
    if (!line) return this.#add(wanted, instead);
    const detail = detailIn(line, this.#fieldsOfDetail);
    if (!detail) {
      // The whole of it lies in an object of its own, to which a changed line would have to refer: it stays as it is.
      return this.#leave(wanted);
    }
    if (cameEmpty && this.#isEmpty(wanted, detail)) return this.#add(wanted, instead);
    if (cameEmpty) counts.suspicious++;
    await this.#add(wanted, lines.withDetail(wanted.head, detail.bytes, gone));
  }

  async #leave(wanted: Wanted): Promise<void> {
    let rank: Rank = Rank.final;
    const look = (_: Wanted, entry: Entry) => {
      rank = entry.rank;
      return true;
    };
    const { marks } = await this.#parts.writers.hold([wanted], wanted.readAt, look, true);
    this.#tell(wanted, { rank, incomplete: false })(marks);
    this.#taken(marks);
  }

  get #fieldsOfDetail(): readonly FieldPath[] {
    const { dialect } = this.#parts;
    return dialect.kind === 'whole' ? dialect.fields : [];
  }

  /** Whether a held detail is as empty as the one that came. What the dialect does not take for a detail any more counts as full. */
  #isEmpty({ id }: Wanted, detail: NonNullable<ReturnType<typeof detailIn>>): boolean {
    const { dialect } = this.#parts;
    if (dialect.kind === 'pages') return detail.bytes.length === '[]'.length;
    try {
      const envelope = dialect.under === undefined ? null : { [dialect.under]: null };
      return dialect.read(id, { envelope, detail }).empty;
    } catch {
      return false;
    }
  }

  /** Whether a line says already that the detail could not be had. */
  async isMarked(wanted: Wanted): Promise<boolean> {
    return (await this.#rankOf(wanted)) === Rank.marker;
  }

  async #holdsDetail(wanted: Wanted): Promise<boolean> {
    return ((await this.#rankOf(wanted)) ?? Rank.row) >= Rank.open;
  }

  async #rankOf(wanted: Wanted): Promise<Rank | undefined> {
    let found: Rank | undefined;
    const look = (_: Wanted, { rank }: Entry) => {
      found = rank;
      return false;
    };
    await this.#parts.writers.hold([wanted], wanted.readAt, look, true);
    return found;
  }

  async #add(wanted: Wanted, line: Uint8Array, { incomplete = false, doubtful = false } = {}): Promise<void> {
    const { fields, entry, writers, counts, refetch, tookIn } = this.#parts;
    const row = entry.take(readRow(line, fields));
    const { rank = Rank.marker } = row.identity;
    if (rank === Rank.open) counts.open++;
    const told = this.#parts.book.tell(wanted.head, { rank, incomplete });
    const manner = { refetched: refetch, doubtful };
    const marks = await writers.add([row], this.#walk, wanted.readAt, manner);
    told(() => areCommitted(marks) && isIn(marks, row.identity));
    this.#taken(marks);
    tookIn(row);
    await writers.keepPace();
  }

  /** What becomes of an id whose line stays as it is; then tell by which marks that is in the lake. */
  #tell({ head }: Wanted, outcome: Outcome): (marks: Marks) => void {
    const told = this.#parts.book.tell(head, outcome);
    return (marks) => told(() => areCommitted(marks));
  }
}

function areCommitted(marks: Marks): boolean {
  return [...marks].every(([{ committedMark }, mark]) => committedMark >= mark);
}

/**
 * Whether the writers hold this line, or one that tells more: where another one stays, or nobody can say which of two does, the id keeps its
 * turn. It is about this line alone, since a window that is read again because of another one finds it held.
 */
function isIn(marks: Marks, identity: Identity): boolean {
  const held = [...marks.keys()].find(({ dt }) => dt === identity.dt)?.held(identity);
  return held !== undefined && standsFor(held, identity);
}
