import { ConvlakeError } from '../errors.ts';
import { readAgain } from '../read-again.ts';
import { type Digest, type Identity, Rank } from '../rows/identify.ts';
import { judgeMeeting } from './commit-rules.ts';
import type { LineStore } from './lines/line-store.ts';
import type { LogicalClock } from './logical-clock.ts';
import type { OversizedRows } from './oversized/oversized-rows.ts';
import { isAlike, type Reading, verdictOn } from './reading.ts';
import { type Entry, type IndexKinds, RowIndex } from './row-index.ts';

/**
 * Repeated keys are healed, each at the price of a number in memory. So many, and so many for every key, are not an accident: a few
 * kilobytes of gzip can hold a line millions of times.
 */
const MOST_REPEATED = { lines: 1_000_000, perKey: 8 };
/** So many lines of the object that a reading has superseded are remembered until the commit, in case a later reading brings them back. */
const MOST_SUPERSEDED = 10_000;

/** What contents need of their writer. */
export interface ContentsParts {
  /** The object's key, for messages. */
  readonly path: string;
  readonly kinds: IndexKinds;
  readonly lines: LineStore;
  readonly oversized: OversizedRows;
  readonly logicalClock: LogicalClock;
}

/**
 * What one partition holds: the best known row of every key, be it in the object or read since, and what a commit would change. It
 * decides and counts; reading the object and replacing it is the writer's.
 */
export class PartitionContents {
  readonly #path: string;
  readonly #kinds: IndexKinds;
  readonly #lines: LineStore;
  readonly #oversized: OversizedRows;
  readonly #logicalClock: LogicalClock;
  #index: RowIndex;
  /** What the object holds of keys that were read otherwise since, by their number in the index. */
  readonly #held = new Map<number, Entry & { readonly stub: string | undefined }>();
  /** Lines numbered below it were committed. */
  #committedSeq = 0;
  #newRows = 0;
  #changedRows = 0;
  #outRows = 0;
  #healing = false;
  /** Lines of the object whose key came before. */
  #repeated = 0;
  #mark = 0;

  constructor({ path, kinds, lines, oversized, logicalClock }: ContentsParts) {
    this.#path = path;
    this.#kinds = kinds;
    this.#lines = lines;
    this.#oversized = oversized;
    this.#logicalClock = logicalClock;
    this.#index = new RowIndex(kinds);
  }

  /** True when a commit would replace the object. */
  get dirty(): boolean {
    return this.#newRows + this.#changedRows + this.#outRows > 0 || this.#healing;
  }

  /** How many keys it knows. */
  get keys(): number {
    return this.#index.keys.size;
  }

  /** Grows with everything that is taken in or out. */
  get mark(): number {
    return this.#mark;
  }

  /** Rows that the next commit adds. */
  get newRows(): number {
    return this.#newRows;
  }

  /** Rows that the next commit replaces. */
  get changedRows(): number {
    return this.#changedRows;
  }

  /** Takes a row in. `tagTaken` is the tick at which the object's tag was taken; the request of a row that cannot be judged is undecided. */
  add(reading: Reading, tagTaken: number): void {
    const { identity, readAt } = reading;
    this.#mark++;
    const index = this.#index.find(identity);
    if (index < 0) {
      this.#newRows++;
      const entry = this.#taken(reading, false);
      this.#index.set(this.#index.keys.add(identity.key), entry);
      return;
    }
    const present = this.#index.entry(index);
    if (present.dated) return;
    const verdict = verdictOn(present, this.#index.sameContent(index, identity), reading, tagTaken);
    if (verdict === 'wins') this.#replaceLine(index, present, reading);
    if (verdict === 'undecided') this.#logicalClock.markUndecided(readAt);
    this.#index.touch(index, readAt);
  }

  /** What is known of a key that lies here; undefined where none does. */
  held({ key }: Pick<Identity, 'key'>): Entry | undefined {
    const index = this.#index.find({ key });
    const entry = index < 0 ? undefined : this.#index.entry(index);
    return entry?.dated ? undefined : entry;
  }

  /** Notes that a request returned a key that is held, of which nothing is taken in. It counts as read all the same. */
  touch({ key }: Pick<Identity, 'key'>, readAt: number): void {
    this.#mark++;
    this.#index.touch(this.#index.find({ key }), readAt);
  }

  /** Takes a key out that was read with a time, and keeps it out; true when it was there. */
  takeOut(identity: Pick<Identity, 'key'>): boolean {
    const index = this.#index.find(identity);
    if (index < 0) return false;
    const present = this.#index.entry(index);
    if (present.dated) return false;
    this.#mark++;
    this.#dropLine(present);
    const onlyHere = this.#isWaiting(present) && !present.indexed && this.#committedSeq === 0;
    if (onlyHere) this.#newRows--;
    else this.#outRows++;
    this.#index.set(index, { ...present, seq: undefined, dated: true });
    return true;
  }

  /**
   * Takes in a line of the object. A key that stands twice in it (written by hand) is healed by the next commit: the newer
   * version stays.
   * @throws ConvlakeError `object-corrupt` when more lines repeat a key than any accident explains
   */
  indexLine(identity: Identity, seq: number): void {
    const { key, content, version, rank = Rank.row, whole } = identity;
    const origin = { seq, readAt: 0, ours: false, indexed: true, dated: false, refetched: false, doubtful: false };
    const entry = { content, version, rank, whole: whole?.b ?? 0, ...origin };
    const index = this.#index.find({ key });
    if (index < 0) {
      this.#index.set(this.#index.keys.add(key), entry);
      return;
    }
    this.#healing = true;
    if (++this.#repeated > Math.max(MOST_REPEATED.lines, MOST_REPEATED.perKey * this.keys)) throw this.#bloated();
    const present = this.#index.entry(index);
    const older = (version ?? 0) < (present.version ?? 0) || entry.rank < present.rank;
    this.#supersede(older ? seq : (present.seq ?? seq));
    if (!older) this.#index.set(index, entry);
  }

  /** Forgets the object, which another one has replaced, and returns what was known, for `merge` once that one is indexed. */
  forgetObject(): RowIndex {
    const known = this.#index;
    this.#lines.forgetObject();
    this.#oversized.forgetObject();
    this.#held.clear();
    this.#index = new RowIndex(this.#kinds);
    this.#newRows = 0;
    this.#changedRows = 0;
    this.#outRows = 0;
    this.#repeated = 0;
    return known;
  }

  /** Merges what had been read with what the object of another run's commit holds; nothing that was read is dropped. */
  merge(read: RowIndex): void {
    for (let index = 0; index < read.keys.size; index++) {
      const entry = read.entry(index);
      if (entry.dated) this.#keepOut(read.keys.keyAt(index), entry);
      else if (entry.readAt > 0) this.#mergeRead(read.keys.keyAt(index), entry);
    }
  }

  /** Notes that everything is in the object now. */
  committed(): void {
    this.#held.clear();
    this.#committedSeq = this.#lines.nextSeq;
    this.#newRows = 0;
    this.#changedRows = 0;
    this.#outRows = 0;
    this.#healing = false;
  }

  #bloated(): ConvlakeError {
    return new ConvlakeError(
      'object-corrupt',
      'stop-stream',
      `${this.#path} cannot be read: more than ${this.#repeated - 1} of its lines repeat a key, of which it has ${this.keys}; ${readAgain(this.#path)}`,
    );
  }

  #keepOut(key: Digest, entry: Entry): void {
    if (!this.takeOut({ key })) this.#index.set(this.#index.keys.add(key), entry);
  }

  #mergeRead(key: Digest, entry: Entry): void {
    const waiting = this.#isWaiting(entry);
    const index = this.#index.find({ key });
    if (index < 0) {
      if (waiting) {
        this.#newRows++;
        this.#index.set(this.#index.keys.add(key), { ...entry, indexed: false });
      } else {
        this.#markUndecided(entry);
      }
      return;
    }
    const present = this.#index.entry(index);
    const same = this.#index.sameContent(index, entry);
    const meeting = judgeMeeting(entry, present, { same, sameBytes: entry.whole === present.whole });
    if (meeting === 'wins' && waiting) {
      this.#dropLine(present);
      this.#changedRows++;
      this.#index.set(index, { ...entry, indexed: true });
      return;
    }
    if (waiting) this.#dropLine(entry);
    this.#index.touch(index, entry.readAt);
    if (meeting !== 'settled') this.#markUndecided(entry);
  }

  #markUndecided(entry: Entry): void {
    this.#logicalClock.markUndecided(entry.readAt);
  }

  #replaceLine(index: number, present: Entry, reading: Reading): void {
    const held = this.#held.get(index);
    if (held && isAlike(held, reading.identity)) {
      this.#takeBack(index, held, reading.readAt);
      return;
    }
    if (!this.#isWaiting(present)) {
      this.#changedRows++;
      this.#remember(index, present);
    }
    this.#dropLine(present);
    this.#index.set(index, this.#taken(reading, present.indexed));
  }

  /** Takes the line of a row in; what the index knows of it. */
  #taken(reading: Reading, indexed: boolean): Entry {
    const { readAt, refetched = false, doubtful = false } = reading;
    const { content, version, rank = Rank.row, whole } = reading.identity;
    const seq = this.#append(reading);
    const origin = { seq, readAt, ours: true, indexed, dated: false, refetched, doubtful };
    return { content, version, rank, whole: whole?.b ?? 0, ...origin };
  }

  #remember(index: number, present: Entry): void {
    if (this.#held.size >= MOST_SUPERSEDED) return;
    const stub = present.seq === undefined ? undefined : this.#oversized.referenceOf(present.seq);
    this.#held.set(index, { ...present, stub });
  }

  /**
   * The latest reading is what the object holds: a list that shows one key twice, with different content, ends as it did before, and
   * must not have its object replaced at every reading.
   */
  #takeBack(index: number, { stub, ...held }: Entry & { readonly stub: string | undefined }, readAt: number): void {
    this.#dropLine(this.#index.entry(index));
    if (held.seq !== undefined) this.#lines.restore(held.seq);
    if (held.seq !== undefined && stub !== undefined) this.#oversized.found(held.seq, stub);
    this.#changedRows--;
    this.#held.delete(index);
    this.#index.set(index, { ...held, readAt });
  }

  /** The number of the row's line, be it the row itself or its stub. */
  #append({ row, oversized }: Reading): number {
    const seq = this.#lines.append(row.bytes);
    if (oversized) this.#oversized.keep(seq, oversized);
    return seq;
  }

  #dropLine({ seq }: Entry): void {
    if (seq !== undefined) this.#supersede(seq);
  }

  #supersede(seq: number): void {
    this.#lines.supersede(seq);
    this.#oversized.supersede(seq);
  }

  #isWaiting({ ours, seq }: Entry): boolean {
    return ours && seq !== undefined && seq >= this.#committedSeq;
  }
}
