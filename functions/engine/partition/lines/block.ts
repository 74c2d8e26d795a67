/** Lines are packed in blocks of about this size: small enough that a changed row re-packs little, large enough that the ratio hardly suffers. */
export const BLOCK_BYTES = 256 * 1024;

const FIRST_BYTES = 4096;
const LINE_FEED = 0x0a;

/** Lines that wait to be packed together. It copies them, so that no page stays in memory for one row of it. */
export class Block {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #used = 0;
  #lines = 0;

  get lines(): number {
    return this.#lines;
  }

  get usedBytes(): number {
    return this.#used;
  }

  get full(): boolean {
    return this.#used >= BLOCK_BYTES;
  }

  append(line: Uint8Array): void {
    const end = this.#used + line.length + 1;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(line, this.#used);
    this.#bytes[end - 1] = LINE_FEED;
    this.#used = end;
    this.#lines++;
  }

  /** The lines so far; the block is empty afterwards and does not touch those bytes again. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#used);
    this.#bytes = Buffer.allocUnsafe(FIRST_BYTES);
    this.#used = 0;
    this.#lines = 0;
    return taken;
  }

  #grow(need: number): void {
    const larger = Buffer.allocUnsafe(Math.max(need, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }
}
