import type { Identity, Rank } from '../rows/identify.ts';
import { ChunkedArray, KeyTable } from './key-table.ts';

const NO_LINE = 0xffffffff;

/** What a partition's writer knows of one key: about 40 bytes. */
export interface Entry {
  readonly content: { readonly a: number; readonly b: number };
  readonly version: number | undefined;
  /** The sequence number of its line; undefined when it has none any more. */
  readonly seq: number | undefined;
  /** The tick of the last request that returned it; 0 for none in this run. */
  readonly readAt: number;
  /** True when the line was read by this run. */
  readonly ours: boolean;
  /** True when the key stood in the object when it was indexed. */
  readonly indexed: boolean;
  /** True when the key was read with a time, so that it may not lie among the undated rows. */
  readonly dated: boolean;
  readonly rank: Rank;
  /** Of a detail: fetched although one was held for the same state. */
  readonly refetched: boolean;
  /** Of a detail: it may not take the place of one that another run has committed. */
  readonly doubtful: boolean;
  /** 32 bits of the digest of a detail's line; 0 for rows of lists. */
  readonly whole: number;
}

/** What a row index keeps beyond keys, lines and digests. */
export interface IndexKinds {
  /** The stream has versions. */
  readonly versioned: boolean;
  /** Its rows are fetched one by one. */
  readonly details: boolean;
}

const OURS = 1;
const INDEXED = 2;
const DATED = 4;
const REFETCHED = 8;
const RANK_SHIFT = 4;
const RANK_BITS = 3;
const DOUBTFUL = 64;

/** The compact index of a partition: `key -> (newest version, digest, line)`. */
export class RowIndex {
  readonly keys = new KeyTable();
  readonly #contentA = new ChunkedArray((length) => new Uint32Array(length));
  readonly #contentB = new ChunkedArray((length) => new Uint32Array(length));
  readonly #version: ChunkedArray | undefined;
  readonly #seq = new ChunkedArray((length) => new Uint32Array(length));
  readonly #readAt = new ChunkedArray((length) => new Uint32Array(length));
  readonly #flags = new ChunkedArray((length) => new Uint8Array(length));
  readonly #whole: ChunkedArray | undefined;

  constructor({ versioned, details }: IndexKinds) {
    this.#version = versioned ? new ChunkedArray((length) => new Float64Array(length)) : undefined;
    this.#whole = details ? new ChunkedArray((length) => new Uint32Array(length)) : undefined;
  }

  /** The number of the identity's key, or -1. */
  find({ key }: Pick<Identity, 'key'>): number {
    return this.keys.find(key);
  }

  sameContent(index: number, { content }: { readonly content: { readonly a: number; readonly b: number } }): boolean {
    return this.#contentA.get(index) === content.a && this.#contentB.get(index) === content.b;
  }

  entry(index: number): Entry {
    const flags = this.#flags.get(index);
    const seq = this.#seq.get(index);
    const version = this.#version?.get(index);
    return {
      content: { a: this.#contentA.get(index), b: this.#contentB.get(index) },
      version: version === undefined || Number.isNaN(version) ? undefined : version,
      seq: seq === NO_LINE ? undefined : seq,
      readAt: this.#readAt.get(index),
      ours: (flags & OURS) !== 0,
      indexed: (flags & INDEXED) !== 0,
      dated: (flags & DATED) !== 0,
      rank: ((flags >>> RANK_SHIFT) & RANK_BITS) as Rank, // `set` puts no other number there
      refetched: (flags & REFETCHED) !== 0,
      doubtful: (flags & DOUBTFUL) !== 0,
      whole: this.#whole?.get(index) ?? 0,
    };
  }

  set(index: number, entry: Entry): void {
    this.#contentA.set(index, entry.content.a);
    this.#contentB.set(index, entry.content.b);
    this.#version?.set(index, entry.version ?? Number.NaN);
    this.#seq.set(index, entry.seq ?? NO_LINE);
    this.#readAt.set(index, entry.readAt);
    const marks = (entry.ours ? OURS : 0) | (entry.indexed ? INDEXED : 0) | (entry.dated ? DATED : 0);
    const ofDetail = (entry.refetched ? REFETCHED : 0) | (entry.doubtful ? DOUBTFUL : 0);
    this.#flags.set(index, marks | ofDetail | (entry.rank << RANK_SHIFT));
    this.#whole?.set(index, entry.whole);
  }

  /** Notes that a request returned the key. */
  touch(index: number, readAt: number): void {
    if (readAt > this.#readAt.get(index)) this.#readAt.set(index, readAt);
  }
}
