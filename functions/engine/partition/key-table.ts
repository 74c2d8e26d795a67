import type { Digest } from '../rows/identify.ts';

const CHUNK_BITS = 10;
const CHUNK = 1 << CHUNK_BITS;

/**
 * A growing array of numbers. It grows by chunks of 1,024, so that a partition of ten rows costs little, and one of
 * millions is never copied to grow.
 */
export class ChunkedArray {
  readonly #make: () => Uint8Array | Uint32Array | Float64Array;
  readonly #chunks: (Uint8Array | Uint32Array | Float64Array)[] = [];

  constructor(make: (length: number) => Uint8Array | Uint32Array | Float64Array) {
    this.#make = () => make(CHUNK);
  }

  /** The number at `index`; 0 where none was set. */
  get(index: number): number {
    return this.#chunks[index >>> CHUNK_BITS]?.[index & (CHUNK - 1)] ?? 0;
  }

  set(index: number, value: number): void {
    const at = index >>> CHUNK_BITS;
    while (this.#chunks.length <= at) this.#chunks.push(this.#make());
    const chunk = this.#chunks[at];
    if (chunk) chunk[index & (CHUNK - 1)] = value;
  }
}

const words = () => new ChunkedArray((length) => new Uint32Array(length));

/** A set of keys as it is looked at. */
export type Keys = Pick<KeyTable, 'size' | 'find' | 'keyAt'>;

/**
 * A set of keys that numbers its members 0, 1, 2, … in the order they came. It keeps 96 bits of each key's digest: among
 * five million keys the chance of one false match is about 10^-16. About 18 bytes a key.
 */
export class KeyTable {
  #slots = new Int32Array(64);
  #size = 0;
  readonly #a = words();
  readonly #b = words();
  readonly #c = words();

  get size(): number {
    return this.#size;
  }

  /** The number of a key, or -1 when it is not in the table. */
  find(key: Digest): number {
    const mask = this.#slots.length - 1;
    for (let slot = key.a & mask; ; slot = (slot + 1) & mask) {
      const index = (this.#slots[slot] ?? 0) - 1;
      if (index < 0) return -1;
      if (this.#a.get(index) === key.a && this.#b.get(index) === key.b && this.#c.get(index) === key.c) return index;
    }
  }

  /** Adds a key that is not in the table yet and returns its number. */
  add(key: Digest): number {
    if (this.#size >= this.#slots.length * 0.7) this.#grow();
    const index = this.#size++;
    this.#a.set(index, key.a);
    this.#b.set(index, key.b);
    this.#c.set(index, key.c);
    this.#place(index, key.a);
    return index;
  }

  /** The digest of the key with that number. */
  keyAt(index: number): Digest {
    return { a: this.#a.get(index), b: this.#b.get(index), c: this.#c.get(index) };
  }

  #place(index: number, hash: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = index + 1;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let index = 0; index < this.#size; index++) this.#place(index, this.#a.get(index));
  }
}
