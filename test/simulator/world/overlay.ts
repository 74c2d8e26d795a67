/** A row that a test put in, changed or took away; it stands over the generated rows. Times are epoch microseconds. */
export interface OverlayEntry {
  readonly key: string | undefined;
  /** The generated row that this one stands for, if any. */
  readonly ordinal: number | undefined;
  /** Decides among rows with equal times: the ordinal, or a number above all ordinals in the order of arrival. */
  readonly tie: number;
  readonly atUs: number;
  readonly versionUs: number;
  /** The row as it is served; undefined when the generated row is served, with another version. */
  readonly text: string | undefined;
}

/** An immutable state of all mutations. */
export interface Overlay {
  /** Generated rows that are removed or stand in an entry instead. */
  readonly hidden: ReadonlySet<number>;
  readonly entries: ReadonlyMap<number, OverlayEntry>;
  readonly tieOf: ReadonlyMap<string, number>;
  /** Sorted by (time, tie) and by (version, tie), made when first asked for. */
  byTime(): readonly OverlayEntry[];
  byVersion(): readonly OverlayEntry[];
  /** The hidden ordinals in ascending order. */
  hiddenSorted(): Float64Array;
}

/** Ties of put rows begin here, above every ordinal. */
export const FIRST_PUT_TIE = 2 ** 44;

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function seal(hidden: Set<number>, entries: Map<number, OverlayEntry>, tieOf: Map<string, number>): Overlay {
  const sorted = (us: (entry: OverlayEntry) => number) =>
    once(() => [...entries.values()].sort((a, b) => us(a) - us(b) || a.tie - b.tie));
  return {
    hidden,
    entries,
    tieOf,
    byTime: sorted((entry) => entry.atUs),
    byVersion: sorted((entry) => entry.versionUs),
    hiddenSorted: once(() => Float64Array.from(hidden).sort()),
  };
}

/** No mutation at all. */
export const noMutations: Overlay = seal(new Set(), new Map(), new Map());

/** What can be done to an overlay; each call sees the effect of those before it. */
export interface OverlayChange {
  put(entry: OverlayEntry): void;
  /** Takes away the entry with this tie and, where it is an ordinal, the generated row. */
  remove(tie: number): void;
}

/** A new overlay with the changes; the old one stays as it is, for walks that hold on to it. */
export function changed(overlay: Overlay, change: (apply: OverlayChange) => void): Overlay {
  const hidden = new Set(overlay.hidden);
  const entries = new Map(overlay.entries);
  const tieOf = new Map(overlay.tieOf);
  change({
    put(entry) {
      entries.set(entry.tie, entry);
      if (entry.ordinal !== undefined) hidden.add(entry.ordinal);
      else if (entry.key !== undefined) tieOf.set(entry.key, entry.tie);
    },
    remove(tie) {
      entries.delete(tie);
      if (tie < FIRST_PUT_TIE) hidden.add(tie);
    },
  });
  return seal(hidden, entries, tieOf);
}
