/** What can be wrong with a lake. */
export type FindingKind =
  /** The object cannot be read: not gzip, cut short, a wrong checksum. */
  | 'object-corrupt'
  /** A line is not one JSON object. */
  | 'not-a-row'
  /** A key stands twice in its table. */
  | 'doubled'
  /** A row lies in another date than its own. */
  | 'wrong-date'
  /** A line stands for a row that is too large for one, and the object that has the row is gone. */
  | 'oversized-gone'
  /** A file among the objects of a table that convlake does not write; readers take its lines for rows. */
  | 'foreign-object'
  /** A run has written the object, or the checkpoint speaks of a row of its date, and it is not there. */
  | 'object-gone'
  /** A run left more rows in the object than it has. */
  | 'rows-gone'
  /** The vendor has the row and the lake does not. */
  | 'missing'
  /** The vendor has the row in another state. */
  | 'differs';

/** Something that is wrong with a lake. */
export interface Finding {
  readonly kind: FindingKind;
  /** The object that it is about. */
  readonly object: string;
  /** Of one row: the digest of its key, as 24 hexadecimal digits. */
  readonly row?: string;
  /** The key itself, as text; absent where the row has none, or keys are not to be told. */
  readonly key?: string;
  /** What is wrong, without anything of a row. */
  readonly message: string;
}

/** So many findings of a kind are told of an object one by one; the rest are counted. */
const MOST_TOLD = 100;

/** What is found in one object. */
export class Findings {
  readonly object: string;
  readonly told: Finding[] = [];
  /** How many more there are. */
  untold = 0;
  readonly #counts = new Map<FindingKind, number>();

  constructor(object: string) {
    this.object = object;
  }

  /** Notes a finding, of one row where it is named. */
  add(kind: FindingKind, message: string, named: Pick<Finding, 'row' | 'key'> = {}): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count > MOST_TOLD) this.untold++;
    else this.told.push({ kind, object: this.object, ...named, message });
  }
}
