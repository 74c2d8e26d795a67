import { parseObjectKey } from '../../../contract/layout.ts';
import { ConvlakeError, hasCode } from '../errors.ts';
import type { Committed, ListedObject, Ports, Tag } from '../ports.ts';
import type { Digest, Identity } from '../rows/identify.ts';
import { oversizedReference } from '../rows/oversized.ts';
import { PartitionContents } from './contents.ts';
import { LineStore, type Packs } from './lines/line-store.ts';
import type { LogicalClock } from './logical-clock.ts';
import { OversizedRows } from './oversized/oversized-rows.ts';
import { listOld, sweep } from './oversized/sweep.ts';
import type { Reading } from './reading.ts';
import type { Entry, IndexKinds } from './row-index.ts';

/** How often a commit is tried while others keep committing to the same object. */
const COMMIT_TRIES = 10;
const CONTENDED_WAIT_MS = 2_000;

/** What all writers of a run share. */
export interface WriterContext {
  readonly ports: Pick<Ports, 'lake' | 'codec' | 'clock' | 'random' | 'newId' | 'observe'>;
  readonly logicalClock: LogicalClock;
  readonly packs: Packs;
  readonly runId: string;
  readonly kinds: IndexKinds;
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
  /** How long its last commit took that wrote, ms. */
  commitMs = 0;
  readonly #context: WriterContext;
  readonly #lines: LineStore;
  readonly #oversized: OversizedRows;
  readonly #contents: PartitionContents;
  #tag: Tag | undefined;
  #tagTaken = 0;
  #indexed = false;
  #broken: { readonly cause: unknown } | undefined;
  #busy: Promise<unknown> | undefined;
  #firstHeldAt: number | undefined;
  #closed = false;
  #committedMark = 0;

  private constructor(key: string, dt: string | undefined, context: WriterContext) {
    this.key = key;
    this.dt = dt;
    this.#context = context;
    const { kinds, logicalClock, packs, ports } = context;
    const openSpool = () => ports.lake.openSpool();
    this.#lines = new LineStore(ports.codec, openSpool(), packs);
    this.#oversized = new OversizedRows({ openSpool, packs });
    const [lines, oversized] = [this.#lines, this.#oversized];
    this.#contents = new PartitionContents({ path: key, kinds, lines, oversized, logicalClock });
  }

  /** Opens the writer and takes the object's tag: whatever walk begins from here on reads what is at least as new as the object. */
  static async open(key: string, dt: string | undefined, context: WriterContext): Promise<PartitionWriter> {
    const writer = new PartitionWriter(key, dt, context);
    await writer.#takeTag();
    return writer;
  }

  /** True when a commit would replace the object. */
  get dirty(): boolean {
    return this.#contents.dirty;
  }

  /** True while the partition has rows, committed or not. */
  get holdsRows(): boolean {
    return this.#tag !== undefined || this.#contents.keys > 0;
  }

  /** Grows with everything that is taken in or out. */
  get mark(): number {
    return this.#contents.mark;
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
    return this.#lines.memoryBytes + this.#oversized.memoryBytes;
  }

  get diskBytes(): number {
    return this.#lines.diskBytes + this.#oversized.diskBytes;
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
    indexing.catch(() => undefined); // the caller may have failed over another writer, and not wait for this one
    return indexing;
  }

  /** Takes a row in. Only while nothing is `notReady`. */
  add(reading: Reading): void {
    if (this.#busy || this.#closed) throw new Error(`${this.key}: a row came while the writer was busy or closed`);
    this.#firstHeldAt ??= this.#context.ports.clock.now();
    this.#contents.add(reading, this.#tagTaken);
  }

  /** What is known of a key that lies here. Only while nothing is `notReady`. */
  held(identity: Pick<Identity, 'key'>): Entry | undefined {
    return this.#contents.held(identity);
  }

  /** Notes that a request returned a key that is held, of which nothing is taken in. Only while nothing is `notReady`. */
  touch(identity: Pick<Identity, 'key'>, readAt: number): void {
    this.#contents.touch(identity, readAt);
  }

  /** As many of the wanted lines as make up so many bytes, one at least, by number; undefined where somebody else has committed. */
  readBack(wanted: ReadonlySet<number>, mostBytes: number): Promise<ReadonlyMap<number, Uint8Array> | undefined> {
    return this.#exclusively(async () => {
      try {
        return await this.#lines.readBack(wanted, mostBytes, () => this.#readObject(), this.key);
      } catch (error) {
        if (hasCode(error, 'object-changed')) return undefined;
        throw error;
      }
    });
  }

  /** Takes a key out that was read with a time, and keeps it out; true when it was there. Only while nothing is `notReady`. */
  takeOut(identity: Pick<Identity, 'key'>): boolean {
    return this.#contents.takeOut(identity);
  }

  /**
   * Replaces the object by the union of what it holds and what was read; leaves it alone when that changes nothing. Walks
   * whose rows could not be told newer or older are marked `undecided`. Of the keys that lie `elsewhere` none stays, neither
   * among the rows that were read nor among those that another run wrote meanwhile.
   * @throws ConvlakeError `commit-contended` when others kept committing; the rows are read again by the next run
   */
  commit(elsewhere?: () => AsyncIterable<Digest>): Promise<Committed | undefined> {
    return this.#exclusively(() => this.#commit(elsewhere));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#busy?.catch(() => undefined);
    await Promise.all([this.#lines.close(), this.#oversized.close()]);
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
    const begunAt = clock.now();
    for (let attempt = 0; attempt < COMMIT_TRIES; attempt++) {
      if (attempt > 0) await clock.sleep(random() * Math.min(CONTENDED_WAIT_MS, 50 * 2 ** attempt));
      if (elsewhere && (this.dirty || attempt > 0)) for await (const key of elsewhere()) this.takeOut({ key });
      await this.#lines.settle();
      if (!this.dirty) {
        if ((await lake.tagOf(this.key)) === this.#tag) return this.#finish(undefined);
      } else {
        const committed = await this.#replaceObject();
        this.commitMs = clock.now() - begunAt;
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
    const { lake, codec, clock, newId } = this.#context.ports;
    const { newRows, changedRows } = this.#contents;
    const old = await this.#oldOversized();
    // Whole rows first: a stub in the object must never refer to what is not there.
    await this.#oversized.putAll(lake, codec, () => clock.now());
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
    await this.#oversized.committed();
    await this.#harmless(() => sweep(lake, old, this.#oversized.references), undefined);
    return { key: this.key, rows, newRows, changedRows, bytes: union.bytes() };
  }

  async #oldOversized(): Promise<readonly ListedObject[]> {
    const { lake, clock } = this.#context.ports;
    const place = parseObjectKey(this.key);
    if (!place || !this.#oversized.known) return [];
    return this.#harmless(() => listOld(lake, place, clock.now()), []);
  }

  /** Sweeping can wait for another commit: where the lake fails at it, there is a warning. */
  async #harmless<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConvlakeError)) throw error;
      const message = `${this.key}: objects of rows too large for a line that nothing refers to any more are left for another run to remove: ${error.message}`;
      this.#context.ports.observe({ event: 'warning', message });
      return otherwise;
    }
  }

  #finish(committed: Committed | undefined): Committed | undefined {
    this.#contents.committed();
    this.#committedMark = this.#contents.mark;
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
        await this.#indexLines();
        this.#indexed = true;
        return;
      } catch (error) {
        if (!hasCode(error, 'object-changed') || attempt >= COMMIT_TRIES) throw error;
        this.#contents.forgetObject();
        await this.#takeTag();
      }
    }
  }

  async #indexLines(): Promise<void> {
    if (this.#tag === undefined) return;
    const { ports, identifyLine } = this.#context;
    const members = ports.codec.readMembers(this.#readObject(), this.key);
    await this.#lines.index(members, (line, seq) => {
      const reference = oversizedReference(line);
      if (reference !== undefined) this.#oversized.found(seq, reference);
      this.#contents.indexLine(identifyLine(line, this.key), seq);
    });
  }

  /** Somebody else committed: what was read is merged with what stands there now, and nothing that was read is dropped. */
  async #rebase(): Promise<void> {
    const read = this.#contents.forgetObject();
    await this.#takeTag();
    await this.#indexObject();
    this.#contents.merge(read);
  }
}
