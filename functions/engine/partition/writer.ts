import { ConvlakeError, hasCode } from '../errors.ts';
import type { Committed, Ports, Tag } from '../ports.ts';
import type { Digest, Identity } from '../rows/identify.ts';
import type { Row } from '../source.ts';
import { compareVersions, judge } from './commit-rules.ts';
import { LineStore, type Packs } from './line-store.ts';
import type { LogicalClock, Walk } from './logical-clock.ts';
import { type Entry, RowIndex } from './row-index.ts';

/** How often a commit is tried while others keep committing to the same object. */
const COMMIT_TRIES = 10;
const CONTENDED_WAIT_MS = 2_000;
/**
 * Repeated keys are healed, each at the price of a number in memory. So many, and so many for every key, are no accident: a few
 * kilobytes of gzip can hold a line millions of times.
 */
const MOST_REPEATED = { lines: 1_000_000, perKey: 8 };

/** What all writers of a run share. */
export interface WriterContext {
  readonly ports: Pick<Ports, 'lake' | 'codec' | 'clock' | 'random' | 'newId' | 'observe'>;
  readonly logicalClock: LogicalClock;
  readonly packs: Packs;
  readonly runId: string;
  readonly versioned: boolean;
  /** Identifies a line of an object. @throws ConvlakeError `object-corrupt` naming `path` */
  readonly identifyLine: (line: Uint8Array, path: string) => Identity;
}

/**
 * The one writer of a partition in a run: it keeps what was read until it commits the union of that and the object. The tag
 * it rests on is taken before the rows are read, and the object is replaced only while it has that tag.
 */
export class PartitionWriter {
  readonly key: string;
  /** The date of its partition; undefined for the undated rows. */
  readonly dt: string | undefined;
  readonly #context: WriterContext;
  readonly #lines: LineStore;
  #index: RowIndex;
  #tag: Tag | undefined;
  #tagTaken = 0;
  #indexed = false;
  #broken: { readonly cause: unknown } | undefined;
  /** Lines numbered below it were committed. */
  #committedSeq = 0;
  #newRows = 0;
  #changedRows = 0;
  #outRows = 0;
  #healing = false;
  /** Lines of the object whose key came before. */
  #repeated = 0;
  #busy: Promise<unknown> | undefined;
  #firstHeldAt: number | undefined;
  #closed = false;
  #mark = 0;
  #committedMark = 0;

  private constructor(key: string, dt: string | undefined, context: WriterContext) {
    this.key = key;
    this.dt = dt;
    this.#context = context;
    this.#index = new RowIndex(context.versioned);
    this.#lines = new LineStore(context.ports.codec, context.ports.lake.openSpool(), context.packs);
  }

  /** Opens the writer and takes the object's tag: whatever walk begins from here on reads what is at least as new as the object. */
  static async open(key: string, dt: string | undefined, context: WriterContext): Promise<PartitionWriter> {
    const writer = new PartitionWriter(key, dt, context);
    await writer.#takeTag();
    return writer;
  }

  /** True when a commit would replace the object. */
  get dirty(): boolean {
    return this.#newRows + this.#changedRows + this.#outRows > 0 || this.#healing;
  }

  /** True while the partition has rows, committed or not. */
  get holdsRows(): boolean {
    return this.#tag !== undefined || this.#index.keys.size > 0;
  }

  /** Grows with everything that is taken in or out. */
  get mark(): number {
    return this.#mark;
  }

  /** The mark up to which all is durable. */
  get committedMark(): number {
    return this.#committedMark;
  }

  /** True once it may not be used any more. */
  get closed(): boolean {
    return this.#closed;
  }

  get memoryBytes(): number {
    return this.#lines.memoryBytes;
  }

  get diskBytes(): number {
    return this.#lines.diskBytes;
  }

  /** When the oldest row that waits for a commit came, epoch ms. */
  get firstHeldAt(): number | undefined {
    return this.#firstHeldAt;
  }

  /** Undefined when rows may be added at once; else a promise to wait for before asking again. Indexes the object at the first call. */
  notReady(): Promise<unknown> | undefined {
    if (this.#busy) return this.#busy;
    if (this.#broken) throw this.#broken.cause;
    if (this.#indexed) return undefined;
    const indexing = this.#exclusively(() => this.#indexObject());
    indexing.catch(() => undefined); // whoever asked may have failed by another writer, and not wait for this one
    return indexing;
  }

  /** Takes a row in. Only while nothing is `notReady`. */
  add(row: Row, identity: Identity, walk: Walk, readAt: number): void {
    if (this.#busy || this.#closed) throw new Error(`${this.key}: a row came while the writer was busy or closed`);
    this.#mark++;
    this.#firstHeldAt ??= this.#context.ports.clock.now();
    const index = this.#index.find(identity);
    if (index < 0) {
      this.#newRows++;
      const seq = this.#lines.append(row.bytes);
      const { content, version } = identity;
      const entry = { content, version, seq, readAt, ours: true, indexed: false, dated: false };
      this.#index.set(this.#index.keys.add(identity.key), entry);
      return;
    }
    const present = this.#index.entry(index);
    if (present.dated) return;
    const same = this.#index.sameContent(index, identity);
    const verdict = judge(
      { same, version: present.version, ours: present.ours, readAt: present.readAt },
      { version: identity.version, readAt, walkBegan: walk.began },
      this.#tagTaken,
    );
    if (verdict === 'wins') this.#replaceLine(index, present, row, identity, readAt);
    if (verdict === 'undecided') walk.undecided = true;
    this.#index.touch(index, readAt);
  }

  /** Takes a key out that was read with a time, and keeps it out; true when it was there. Only while nothing is `notReady`. */
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
   * Replaces the object by the union of what it holds and what was read; leaves it alone when that changes nothing. Walks
   * whose rows could not be told newer or older are marked `undecided`. Of the keys that lie `elsewhere` none stays, neither
   * among the rows that were read nor among those that somebody else wrote meanwhile.
   * @throws ConvlakeError `commit-contended` when others kept committing; the rows are read again by the next run
   */
  commit(elsewhere?: () => AsyncIterable<Digest>): Promise<Committed | undefined> {
    return this.#exclusively(() => this.#commit(elsewhere));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#busy?.catch(() => undefined);
    await this.#lines.close();
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    while (this.#busy) await this.#busy.catch(() => undefined);
    const mine = work();
    this.#busy = mine;
    try {
      return await mine;
    } catch (cause) {
      // Half an index must never become an object.
      this.#broken ??= { cause };
      throw cause;
    } finally {
      this.#busy = undefined;
    }
  }

  async #takeTag(): Promise<void> {
    this.#tag = await this.#context.ports.lake.tagOf(this.key);
    this.#tagTaken = this.#context.logicalClock.tick();
  }

  async #commit(elsewhere?: () => AsyncIterable<Digest>): Promise<Committed | undefined> {
    if (this.#broken) throw this.#broken.cause;
    if (!this.#indexed) return undefined;
    const { lake, clock, random } = this.#context.ports;
    for (let attempt = 0; attempt < COMMIT_TRIES; attempt++) {
      if (attempt > 0) await clock.sleep(random() * Math.min(CONTENDED_WAIT_MS, 50 * 2 ** attempt));
      if (elsewhere && (this.dirty || attempt > 0)) for await (const key of elsewhere()) this.takeOut({ key });
      await this.#lines.settle();
      if (!this.dirty) {
        if ((await lake.tagOf(this.key)) === this.#tag) return this.#finish(undefined);
      } else {
        const committed = await this.#replaceObject();
        if (committed) return this.#finish(committed);
      }
      await this.#rebase();
    }
    throw new ConvlakeError(
      'commit-contended',
      'retry',
      `${this.key}: others committed to it ${COMMIT_TRIES} times while this run tried to; nothing is lost, the next run reads the window again`,
    );
  }

  async #replaceObject(): Promise<Committed | undefined> {
    const { lake, newId } = this.#context.ports;
    const rows = this.#lines.livingLines;
    const union = this.#lines.union(() => this.#readObject(), this.key);
    const provenance = { commitId: newId(), runId: this.#context.runId, rows };
    try {
      this.#tag = await lake.replace(this.key, this.#tag, union.pieces, provenance);
    } catch (error) {
      if (hasCode(error, 'object-changed')) return undefined;
      throw error;
    }
    await this.#lines.adopt(union);
    return { key: this.key, rows, newRows: this.#newRows, changedRows: this.#changedRows, bytes: union.bytes() };
  }

  #finish(committed: Committed | undefined): Committed | undefined {
    this.#committedSeq = this.#lines.nextSeq;
    this.#committedMark = this.#mark;
    this.#newRows = 0;
    this.#changedRows = 0;
    this.#outRows = 0;
    this.#healing = false;
    this.#firstHeldAt = undefined;
    if (committed) this.#context.ports.observe({ event: 'committed', ...committed });
    return committed;
  }

  async *#readObject(): AsyncIterable<Uint8Array> {
    if (this.#tag !== undefined) yield* this.#context.ports.lake.read(this.key, this.#tag);
  }

  async #indexObject(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#indexLines((identity, seq) => this.#indexLine(identity, seq));
        this.#indexed = true;
        return;
      } catch (error) {
        if (!hasCode(error, 'object-changed') || attempt >= COMMIT_TRIES) throw error;
        this.#lines.forgetObject();
        this.#index = new RowIndex(this.#context.versioned);
        await this.#takeTag();
      }
    }
  }

  async #indexLines(each: (identity: Identity, seq: number) => void): Promise<void> {
    if (this.#tag === undefined) return;
    this.#repeated = 0;
    const members = this.#context.ports.codec.readMembers(this.#readObject(), this.key);
    await this.#lines.index(members, (line, seq) => each(this.#context.identifyLine(line, this.key), seq));
  }

  // A key that stands twice in an object (somebody wrote it by hand) is healed by the next commit: the newer version stays.
  #indexLine(identity: Identity, seq: number): void {
    const { content, version } = identity;
    const entry = { content, version, seq, readAt: 0, ours: false, indexed: true, dated: false };
    const index = this.#index.find(identity);
    if (index < 0) {
      this.#index.set(this.#index.keys.add(identity.key), entry);
      return;
    }
    this.#healing = true;
    if (++this.#repeated > Math.max(MOST_REPEATED.lines, MOST_REPEATED.perKey * this.#index.keys.size))
      throw this.#bloated();
    const present = this.#index.entry(index);
    const older = (version ?? 0) < (present.version ?? 0);
    this.#lines.beat(older ? seq : (present.seq ?? seq));
    if (!older) this.#index.set(index, entry);
  }

  #bloated(): ConvlakeError {
    return new ConvlakeError(
      'object-corrupt',
      'stop-stream',
      `${this.key} cannot be read: more than ${this.#repeated - 1} of its lines repeat a key, of which it has ${this.#index.keys.size}; move the object aside, then read its day again with \`convlake backfill\``,
    );
  }

  /** Somebody else committed: what was read is merged with what stands there now, and nothing that was read is dropped. */
  async #rebase(): Promise<void> {
    const read = this.#index;
    this.#lines.forgetObject();
    this.#index = new RowIndex(this.#context.versioned);
    this.#newRows = 0;
    this.#changedRows = 0;
    this.#outRows = 0;
    await this.#takeTag();
    await this.#indexObject();
    for (let index = 0; index < read.keys.size; index++) {
      const entry = read.entry(index);
      if (entry.dated) this.#keepOut(read.keys.keyAt(index), entry);
      else if (entry.readAt > 0) this.#mergeRead(read.keys.keyAt(index), entry);
    }
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
    const newer = compareVersions(entry.version, present.version);
    if (newer > 0 && waiting) {
      this.#dropLine(present);
      this.#changedRows++;
      this.#index.set(index, { ...entry, indexed: true });
      return;
    }
    if (waiting) this.#dropLine(entry);
    this.#index.touch(index, entry.readAt);
    const settled = newer < 0 || this.#index.sameContent(index, entry);
    if (!settled) this.#markUndecided(entry);
  }

  #markUndecided(entry: Entry): void {
    const walk = this.#context.logicalClock.walkOf(entry.readAt);
    if (walk) walk.undecided = true;
  }

  #replaceLine(index: number, present: Entry, row: Row, { content, version }: Identity, readAt: number): void {
    if (!this.#isWaiting(present)) this.#changedRows++;
    this.#dropLine(present);
    const seq = this.#lines.append(row.bytes);
    this.#index.set(index, { ...present, content, version, seq, readAt, ours: true });
  }

  #dropLine({ seq }: Entry): void {
    if (seq !== undefined) this.#lines.beat(seq);
  }

  #isWaiting({ ours, seq }: Entry): boolean {
    return ours && seq !== undefined && seq >= this.#committedSeq;
  }
}
