import type { Codec, Lake, Spool } from '../../ports.ts';
import type { Oversized } from '../../rows/oversized.ts';
import type { Packs } from '../lines/line-store.ts';

/** Read back from the spool at a time. */
const PIECE_BYTES = 1024 * 1024;

interface Waiting {
  readonly key: string;
  readonly length: number;
  /** Unknown until the spool has it. */
  offset: number;
}

/** What the rows of a partition that are too large for a line need. */
export interface OversizedParts {
  /** Opened when the first such row comes: hardly any partition has one. */
  readonly openSpool: () => Spool;
  readonly packs: Packs;
}

/**
 * The rows of one partition that are too large for a line: which objects its stubs refer to, and the bytes of those whose stubs are not
 * committed yet. They wait on disk, so that each can be put again whenever the commit of its stub is tried again.
 */
export class OversizedRows {
  readonly #parts: OversizedParts;
  #spool: Spool | undefined;
  /** By the sequence number of the stub: what was read and is not committed, and what the object refers to. */
  readonly #waiting = new Map<number, Waiting>();
  readonly #standing = new Map<number, string>();
  #known = false;
  readonly #own = new Set<Promise<void>>();
  #failure: { readonly cause: unknown } | undefined;

  constructor(parts: OversizedParts) {
    this.#parts = parts;
  }

  /** True once the partition has, or had, a row that is too large for a line. */
  get known(): boolean {
    return this.#known;
  }

  get memoryBytes(): number {
    return this.#spool?.memoryBytes ?? 0;
  }

  get diskBytes(): number {
    return this.#spool?.diskBytes ?? 0;
  }

  /** The objects that the lines of the partition refer to, as they will be once it is committed. */
  get references(): ReadonlySet<string> {
    return new Set([...this.#standing.values(), ...[...this.#waiting.values()].map(({ key }) => key)]);
  }

  /** Keeps a row whose stub was taken in under that number. Its bytes go to the spool in the background. */
  keep(seq: number, { key, bytes }: Oversized): void {
    const waiting = { key, length: bytes.length, offset: 0 };
    this.#known = true;
    this.#waiting.set(seq, waiting);
    const spooled = this.#append(waiting, bytes);
    this.#own.add(spooled);
    this.#parts.packs.add(spooled);
    spooled.finally(() => {
      this.#own.delete(spooled);
      this.#parts.packs.delete(spooled);
    });
  }

  /** Notes that a line of the object is a stub. */
  found(seq: number, key: string): void {
    this.#known = true;
    this.#standing.set(seq, key);
  }

  /** The object that a committed stub refers to; undefined for any other line. */
  referenceOf(seq: number): string | undefined {
    return this.#standing.get(seq);
  }

  /** Another line counts in the place of this one. */
  supersede(seq: number): void {
    this.#waiting.delete(seq);
    this.#standing.delete(seq);
  }

  /** Forgets the stubs of the object, which another one has replaced. */
  forgetObject(): void {
    this.#standing.clear();
  }

  /** Puts every row whose stub is about to be committed, and so makes its object young again. */
  async putAll(lake: Pick<Lake, 'putWhole'>, codec: Pick<Codec, 'packRow'>, now: () => number): Promise<void> {
    await Promise.all(this.#own);
    if (this.#failure) throw this.#failure.cause;
    for (const waiting of this.#waiting.values()) {
      await lake.putWhole(waiting.key, codec.packRow(this.#read(waiting), now()));
    }
  }

  /** Notes that the stubs are in the object now. */
  async committed(): Promise<void> {
    for (const [seq, { key }] of this.#waiting) this.#standing.set(seq, key);
    this.#waiting.clear();
    await this.#spool?.clear();
  }

  async close(): Promise<void> {
    await Promise.all(this.#own);
    await this.#spool?.close();
  }

  // Never rejects: a failure is kept for `putAll`, so that none goes unhandled while the page is still being read.
  async #append(waiting: Waiting, bytes: Uint8Array): Promise<void> {
    try {
      this.#spool ??= this.#parts.openSpool();
      waiting.offset = await this.#spool.append(bytes);
    } catch (cause) {
      this.#failure ??= { cause };
    }
  }

  async *#read({ offset, length }: Waiting): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < length; at += PIECE_BYTES) {
      if (!this.#spool) return;
      yield await this.#spool.read(offset + at, Math.min(PIECE_BYTES, length - at));
    }
  }
}
