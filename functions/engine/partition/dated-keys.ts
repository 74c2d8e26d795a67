import type { Spool } from '../ports.ts';
import type { Digest } from '../rows/identify.ts';

const KEY_BYTES = 12;
const BUFFER_BYTES = KEY_BYTES * 4096;

/**
 * The keys that a run read with a time, in the order read, so that a row without one that comes later is known to be superseded
 * whatever the order. Twelve bytes a key on disk; only a buffer of it is in memory, and nothing is read back unless an undated
 * row turns up.
 */
export class DatedKeys {
  readonly #spool: Spool;
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #used = 0;
  #spooled = 0;
  readonly #writes = new Set<Promise<void>>();
  #failure: { readonly cause: unknown } | undefined;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  add({ a, b, c }: Digest): void {
    this.#buffer.writeUInt32LE(a, this.#used);
    this.#buffer.writeUInt32LE(b, this.#used + 4);
    this.#buffer.writeUInt32LE(c, this.#used + 8);
    this.#used += KEY_BYTES;
    if (this.#used === BUFFER_BYTES) this.#flush();
  }

  /** Every key added so far; some may come twice. */
  async *all(): AsyncGenerator<Digest> {
    this.#flush();
    const end = this.#spooled;
    await Promise.all(this.#writes);
    if (this.#failure) throw this.#failure.cause;
    // What is added from here on may not be in the spool yet.
    for (let offset = 0; offset < end; offset += BUFFER_BYTES) {
      const bytes = Buffer.from(await this.#spool.read(offset, Math.min(BUFFER_BYTES, end - offset)));
      for (let at = 0; at < bytes.length; at += KEY_BYTES) {
        yield { a: bytes.readUInt32LE(at), b: bytes.readUInt32LE(at + 4), c: bytes.readUInt32LE(at + 8) };
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#writes);
    await this.#spool.close();
  }

  #flush(): void {
    if (this.#used === 0) return;
    const write = this.#append(this.#buffer.subarray(0, this.#used));
    this.#writes.add(write);
    write.finally(() => this.#writes.delete(write));
    this.#spooled += this.#used;
    this.#buffer = Buffer.allocUnsafe(BUFFER_BYTES);
    this.#used = 0;
  }

  async #append(bytes: Uint8Array): Promise<void> {
    try {
      await this.#spool.append(bytes);
    } catch (cause) {
      this.#failure ??= { cause };
    }
  }
}
