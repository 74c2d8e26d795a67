import { objectKey } from '../../../contract/layout.ts';
import type { StreamDefinition } from '../../../contract/streams.ts';
import { ConvlakeError } from '../errors.ts';
import type { Digest, Identity } from '../rows/identify.ts';
import type { IdentifiedRow } from '../rows/oversized.ts';
import { DatedKeys } from './dated-keys.ts';
import type { Walk } from './logical-clock.ts';
import { findHeld, type Keyed, type Place, placesOf, type WritersByDt } from './places.ts';
import type { DetailManner, Reading } from './reading.ts';
import type { Entry } from './row-index.ts';
import { PartitionWriter, type WriterContext } from './writer.ts';

/** Reading waits while more packs than this are under way; each holds one block. */
const PACKS_AHEAD = 4;
/** A row waits no longer than this for its commit. */
const HOLD_MS = 5 * 60_000;
/**
 * A detail has cost a request, and a run that dies pays it again: it waits for a second, or for so many times as long as a commit takes,
 * the longest of those that are made at once, so that they are a small part of the run.
 */
const DETAIL_HOLD_MS = 1_000;
const DETAIL_HOLD_COMMITS = 10;
/** Above these, the fullest writers commit early. */
const MEMORY_BYTES = 64 * 1024 * 1024;
const DISK_BYTES = 8 * 1024 * 1024 * 1024;
/** How often held lines are looked for while others keep committing. */
const READ_BACK_TRIES = 5;

/** Writers, and for each the mark up to which it holds the rows of a page. */
export type Marks = ReadonlyMap<PartitionWriter, number>;

/**
 * The writers of a run: at most one a partition, made when its day is first needed. The undated rows' partition has one from
 * the start, if it has an object, since a row that is read with a time must leave it.
 */
export class Writers {
  readonly #table: string;
  readonly #tenant: string;
  readonly #context: WriterContext;
  readonly #open = new Map<string | undefined, Promise<PartitionWriter>>();
  readonly #datedKeys: DatedKeys;
  /** How many pages wait for each partition's writer to be opened, or its object to be indexed. */
  readonly #pins = new Map<string | undefined, number>();
  #undated: PartitionWriter | undefined;

  constructor({ table }: StreamDefinition, tenant: string, context: WriterContext) {
    this.#table = table;
    this.#tenant = tenant;
    this.#context = context;
    this.#datedKeys = new DatedKeys(context.ports.lake.openSpool());
  }

  /** Takes the tags of these partitions' objects, where that has not been done yet; `undefined` is the undated one. */
  async prepare(dts: readonly (string | undefined)[]): Promise<void> {
    await Promise.all(dts.map((dt) => this.#writer(dt)));
  }

  /** Adds the rows of a page to their partitions; resolves to the writers that took any in, with their marks. */
  add(rows: readonly IdentifiedRow[], walk: Walk, readAt: number, manner: DetailManner = {}): Promise<Marks> {
    return this.#whenReady(rows, (byDt) => this.#addNow(rows, byDt, { walk, readAt, ...manner }));
  }

  /**
   * Looks rows up whose lines are fetched one by one. Those that `isHeld` says yes to count as read: they gate their window, and leave
   * the undated rows. `farther` looks for dated ones among the undated rows too, where they then stay.
   */
  hold<T extends Keyed>(
    rows: readonly T[],
    readAt: number,
    isHeld: (row: T, entry: Entry) => boolean,
    farther = false,
  ): Promise<{ readonly marks: Marks; readonly missing: readonly T[] }> {
    return this.#whenReady(rows, (byDt) => {
      const marks = new Map<PartitionWriter, number>();
      const missing = rows.filter((row) => {
        const found = findHeld(row, byDt, farther);
        if (!found || !isHeld(row, found.entry)) return true;
        found.writer.touch(row.identity, readAt);
        marks.set(found.writer, found.writer.mark);
        if (found.writer.dt !== undefined) this.#leaveUndated(row.identity, byDt.get(undefined), marks);
        return false;
      });
      return { marks, missing };
    });
  }

  /**
   * Lines that are held of these rows, wherever they lie: as many as make up so many bytes, at least one if there are any.
   * @throws ConvlakeError `commit-contended` when others kept committing
   */
  readBack<T extends Keyed>(rows: readonly T[], mostBytes: number): Promise<ReadonlyMap<T, Uint8Array>> {
    return this.#pinned(rows, async () => {
      for (let attempt = 0; attempt < READ_BACK_TRIES; attempt++) {
        const places = await this.#whenReady(rows, (byDt) => placesOf(rows, byDt));
        const lines = await this.#linesAt(places, mostBytes);
        if (lines) return lines;
      }
      throw new ConvlakeError(
        'commit-contended',
        'retry',
        `${this.#table} of ${this.#tenant}: others kept committing while held lines were read; nothing is lost, the next run reads the window again`,
      );
    });
  }

  /** Undefined where somebody else has committed: by then it is merged with what was read here. */
  async #linesAt<T>(places: readonly Place<T>[], mostBytes: number): Promise<ReadonlyMap<T, Uint8Array> | undefined> {
    const lines = new Map<T, Uint8Array>();
    for (const [writer, held] of Map.groupBy(places, ({ writer }) => writer)) {
      const found = await writer.readBack(new Set(held.map(({ seq }) => seq)), mostBytes);
      if (!found) {
        await this.commit(writer);
        return undefined;
      }
      for (const { row, seq } of held) {
        const line = found.get(seq);
        if (line) lines.set(row, line);
      }
    }
    return lines;
  }

  /** Waits until packing has nearly caught up. */
  async keepPace(): Promise<void> {
    while (this.#context.packs.size > PACKS_AHEAD) await Promise.race(this.#context.packs);
  }

  /** The writers that should commit now, because rows have waited long or memory or disk ask for it. */
  async due(): Promise<readonly PartitionWriter[]> {
    const writers = await this.all();
    const now = this.#context.ports.clock.now();
    const holdMs = this.#holdMs(writers);
    const late = writers.filter(({ firstHeldAt }) => firstHeldAt !== undefined && now - firstHeldAt >= holdMs);
    return [
      ...new Set([
        ...late,
        ...fullest(writers, 'memoryBytes', MEMORY_BYTES),
        ...fullest(writers, 'diskBytes', DISK_BYTES),
      ]),
    ];
  }

  async all(): Promise<readonly PartitionWriter[]> {
    return Promise.all(this.#open.values());
  }

  /**
   * Commits one partition; that of the undated rows after all others.
   * @throws ConvlakeError as PartitionWriter.commit
   */
  async commit(writer: PartitionWriter): Promise<void> {
    await writer.commit(writer === this.#undated ? () => this.#keysInTheirDates() : undefined);
  }

  /**
   * Lets go of a partition that no task will read any more, and of its index, unless a page waits for it. Its rows must have been
   * committed.
   */
  async release(writer: PartitionWriter): Promise<void> {
    if (this.#pins.has(writer.dt)) return;
    this.#open.delete(writer.dt);
    await writer.close();
  }

  async close(): Promise<void> {
    const writers = await Promise.allSettled(this.#open.values());
    await Promise.allSettled([
      this.#datedKeys.close(),
      ...writers.map(async (opened) => opened.status === 'fulfilled' && opened.value.close()),
    ]);
  }

  #holdMs(writers: readonly PartitionWriter[]): number {
    if (!this.#context.kinds.details) return HOLD_MS;
    const waiting = writers.filter(({ firstHeldAt }) => firstHeldAt !== undefined);
    const commitMs = Math.max(0, ...waiting.map((writer) => writer.commitMs));
    return Math.min(HOLD_MS, Math.max(DETAIL_HOLD_MS, DETAIL_HOLD_COMMITS * commitMs));
  }

  #writer(dt: string | undefined): Promise<PartitionWriter> {
    const open = this.#open.get(dt);
    if (open) return open;
    const key = objectKey({ table: this.#table, tenant: this.#tenant, dt });
    const opened = PartitionWriter.open(key, dt, this.#context);
    opened.then(
      (writer) => {
        if (dt === undefined) this.#undated = writer;
      },
      () => this.#open.delete(dt),
    );
    this.#open.set(dt, opened);
    return opened;
  }

  /** What `work` does with the writers of these rows' partitions, once all of them can take rows in. It must not pause. */
  #whenReady<T>(rows: readonly Keyed[], work: (byDt: WritersByDt) => T): Promise<T> {
    return this.#pinned(rows, async (dts) => {
      for (;;) {
        const byDt = await this.#gather(dts);
        // From here to the last row nothing may pause: no commit or release can come between.
        if (this.#undated?.holdsRows) byDt.set(undefined, this.#undated);
        const writers = [...byDt.values()];
        const waits = writers.flatMap((writer) => writer.notReady() ?? []);
        if (waits.length > 0) await Promise.all(waits);
        else if (!writers.some(({ closed }) => closed)) return work(byDt);
      }
    });
  }

  /** Keeps the writers of these rows' partitions from being released meanwhile. */
  async #pinned<T>(rows: readonly Keyed[], work: (dts: ReadonlySet<string | undefined>) => Promise<T>): Promise<T> {
    const dts = new Set(rows.map(({ identity }) => identity.dt));
    // Before anything is waited for: a writer that no row has reached yet looks as if nobody needed it.
    for (const dt of dts) this.#pins.set(dt, (this.#pins.get(dt) ?? 0) + 1);
    try {
      return await work(dts);
    } finally {
      for (const dt of dts) this.#unpin(dt);
    }
  }

  #unpin(dt: string | undefined): void {
    const pins = (this.#pins.get(dt) ?? 0) - 1;
    if (pins > 0) this.#pins.set(dt, pins);
    else this.#pins.delete(dt);
  }

  async #gather(dts: ReadonlySet<string | undefined>): Promise<Map<string | undefined, PartitionWriter>> {
    const byDt = new Map<string | undefined, PartitionWriter>();
    for (const dt of dts) byDt.set(dt, await this.#writer(dt));
    return byDt;
  }

  /**
   * A time beats no time whatever the order: keys that were dated earlier in this run leave the undated rows, once they are in
   * their own dates, so that a run that dies leaves them in the lake. No row with a time comes while the undated writer commits.
   */
  async *#keysInTheirDates(): AsyncGenerator<Digest> {
    for (const writer of await this.all()) if (writer !== this.#undated) await writer.commit();
    yield* this.#datedKeys.all();
  }

  #addNow(rows: readonly IdentifiedRow[], byDt: WritersByDt, reading: Omit<Reading, keyof IdentifiedRow>): Marks {
    const undated = byDt.get(undefined);
    const touched = new Map<PartitionWriter, number>();
    for (const row of rows) {
      const { identity } = row;
      const writer = byDt.get(identity.dt);
      if (!writer) throw new Error(`no writer was made ready for dt=${identity.dt}`);
      writer.add({ ...row, ...reading });
      touched.set(writer, writer.mark);
      if (identity.dt === undefined) continue;
      this.#leaveUndated(identity, undated, touched);
    }
    return touched;
  }

  /** A key that was read with a time must leave the undated rows, and stay out of them. */
  #leaveUndated(
    identity: Pick<Identity, 'key'>,
    undated: PartitionWriter | undefined,
    touched: Map<PartitionWriter, number>,
  ): void {
    this.#datedKeys.add(identity.key);
    if (undated?.takeOut(identity)) touched.set(undated, undated.mark);
  }
}

/** The writers that hold most, as many as bring the sum below half of the limit; none while the sum is within it. */
function fullest(
  writers: readonly PartitionWriter[],
  of: 'memoryBytes' | 'diskBytes',
  limit: number,
): PartitionWriter[] {
  let sum = writers.reduce((total, writer) => total + writer[of], 0);
  if (sum <= limit) return [];
  const largestFirst = writers.toSorted((a, b) => b[of] - a[of]);
  return largestFirst.filter((writer) => {
    const take = sum > limit / 2;
    if (take) sum -= writer[of];
    return take;
  });
}
