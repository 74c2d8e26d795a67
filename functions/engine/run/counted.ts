import { type Keys, KeyTable } from '../partition/key-table.ts';
import type { Digest, Identity } from '../rows/identify.ts';

/** What a walk's rows say of the total that the vendor gave with its first page, if it did. */
export type Completeness = 'whole' | 'short' | 'doubled';

/**
 * Counts the rows of a walk against the vendor's total. That as many rows came and that as many keys did are two facts: a list may hold
 * one key twice, and a list that moved between two pages returns one row twice and passes over another.
 */
export class Counted {
  #total: number | undefined;
  readonly #totalCap: number | undefined;
  readonly #keys = new KeyTable();
  readonly #doubled = new KeyTable();
  readonly #repeated = new KeyTable();
  #rows = 0;
  /** Rows whose key stands before them in the same page: one response shows one state of the list, which so holds the key twice. */
  #twins = 0;

  constructor(totalCap: number | undefined) {
    this.#totalCap = totalCap;
  }

  take(total: number | undefined, rows: readonly { readonly identity: Pick<Identity, 'key'> }[]): void {
    this.#total ??= total;
    if (this.#total === undefined) return;
    this.#rows += rows.length;
    const before = this.#keys.size;
    for (const { identity } of rows) {
      const index = this.#keys.find(identity.key);
      if (index < 0) {
        this.#keys.add(identity.key);
        continue;
      }
      enter(identity.key, this.#repeated);
      if (index >= before) this.#twins++;
      else enter(identity.key, this.#doubled);
    }
  }

  /** True when the list is known to hold a key twice. */
  get hasTwins(): boolean {
    return this.#twins > 0;
  }

  /** The keys that came with several pages. */
  get doubled(): Keys {
    return this.#doubled;
  }

  /** All keys that came more than once. */
  get repeated(): Keys {
    return this.#repeated;
  }

  /**
   * `short`: fewer rows came than the vendor counts, or as many as it may count; `doubled`: as many came, but some keys with several
   * pages, so that rows may have been passed over in their place.
   */
  get completeness(): Completeness {
    if (this.#total === undefined) return 'whole';
    if (this.#rows < this.#total || this.#total === this.#totalCap) return 'short';
    return this.#keys.size + this.#twins >= this.#total ? 'whole' : 'doubled';
  }
}

function enter(key: Digest, keys: KeyTable): void {
  if (keys.find(key) < 0) keys.add(key);
}

/** True when all of these keys are among the others. */
export function areAmong(keys: Keys, others: Keys): boolean {
  for (let index = 0; index < keys.size; index++) if (others.find(keys.keyAt(index)) < 0) return false;
  return true;
}
