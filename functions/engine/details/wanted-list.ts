import { Buffer } from 'node:buffer';
import { KeyTable } from '../partition/key-table.ts';
import type { Spool } from '../ports.ts';
import { splitLines } from '../rows/lines.ts';
import type { Wanted } from './listed.ts';

/** So much waits in memory; a longer list goes to a spool, in pieces of this size. */
const MEMORY_BYTES = 256 * 1024;

interface Entry {
  /** Counts the entries. */
  readonly number: number;
  readonly wanted: Wanted;
}

/**
 * What a walk found to fetch, one entry a key: of one that is listed twice the latest counts. A window may list a hundred thousand rows
 * and is walked to its end before the first detail is fetched, so the entries wait on disk.
 */
export class WantedList {
  readonly #openSpool: () => Spool;
  #spool: Spool | undefined;
  readonly #keys = new KeyTable();
  /** For each key, the number of the entry that counts; -1 once it is not wanted any more. */
  readonly #latest: number[] = [];
  #entries = 0;
  #lines: Buffer[] = [];
  #bytes = 0;
  readonly #pieces: { readonly offset: number; readonly length: number }[] = [];

  constructor(openSpool: () => Spool) {
    this.#openSpool = openSpool;
  }

  async put(wanted: Wanted): Promise<void> {
    const { key } = wanted.identity;
    const found = this.#keys.find(key);
    const number = this.#entries++;
    this.#latest[found < 0 ? this.#keys.add(key) : found] = number;
    const line = Buffer.from(`${JSON.stringify({ number, wanted: slim(wanted) } satisfies Entry)}\n`);
    this.#lines.push(line);
    this.#bytes += line.length;
    if (this.#bytes >= MEMORY_BYTES) await this.#spoolLines();
  }

  /** Takes a key off the list: a later page lists it in a state that is held. */
  drop({ key }: Pick<Wanted['identity'], 'key'>): void {
    const found = this.#keys.find(key);
    if (found >= 0) this.#latest[found] = -1;
  }

  /** Everything that is wanted, in the order in which it was put. Nothing may be put any more. */
  async *all(): AsyncGenerator<Wanted> {
    for (const { offset, length } of this.#pieces) {
      if (this.#spool) yield* this.#living(await this.#spool.read(offset, length));
    }
    yield* this.#living(Buffer.concat(this.#lines));
  }

  async close(): Promise<void> {
    await this.#spool?.close();
  }

  *#living(lines: Uint8Array): Generator<Wanted> {
    for (const line of splitLines(lines)) {
      const { number, wanted } = JSON.parse(Buffer.from(line).toString()) as Entry; // `put` wrote it
      if (this.#latest[this.#keys.find(wanted.identity.key)] === number) yield wanted;
    }
  }

  async #spoolLines(): Promise<void> {
    const lines = Buffer.concat(this.#lines);
    this.#lines = [];
    this.#bytes = 0;
    this.#spool ??= this.#openSpool();
    this.#pieces.push({ offset: await this.#spool.append(lines), length: lines.length });
  }
}

function slim({ identity: { key, dt, time, version }, ...wanted }: Wanted): Wanted {
  return { ...wanted, identity: { key, dt, time, version } };
}
