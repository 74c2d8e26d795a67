import { digest, digestText } from '../../engine/rows/identify.ts';

/** In which state a row was seen. */
export interface RowState {
  readonly version: string;
  /** The digest of its bytes: a row may change without a new version. */
  readonly content: string;
}

/** Ids of rows, each with the state it was in. */
export type RowStates = ReadonlyMap<string, RowState>;

/**
 * What a pass over a tie has seen: how many ids, and the sum of their digests, which is the same in whatever order they come. A sum,
 * since in an xor an id that came twice would be as good as none.
 */
export interface Seen {
  readonly count: number;
  /** Of 64 bits of each id's SHA-256, modulo 2^64. */
  readonly sum: bigint;
  /** The rows seen in this run, in levels, each more than twice as large as the next: a set that grows without being copied. */
  readonly levels: readonly RowStates[];
  /** The keys of the ids that earlier runs saw; undefined where there are too many to be kept. */
  readonly listed: ReadonlySet<string> | undefined;
}

/** More ids than this are known by their sum alone once their run has ended: a checkpoint has 4 KB, for two walks. */
const MOST_LISTED = 40;
/** 48 bits: of so few ids no two share them. */
const KEY_DIGITS = 12;

/** Nothing at all. */
export const nothingSeen: Seen = { count: 0, sum: 0n, levels: [], listed: new Set() };

/** With further rows; an id that is known to be there is counted once. */
export function withRows(seen: Seen, rows: RowStates): Seen {
  const added = [...rows.keys()].filter((id) => !isKnown(seen, id)).map((id) => weightOf(id));
  return {
    count: seen.count + added.length,
    sum: BigInt.asUintN(
      64,
      added.reduce((sum, weight) => sum + weight, seen.sum),
    ),
    levels: grown(seen.levels, rows),
    listed: seen.listed,
  };
}

/** The state in which a row was last seen in this run. */
export function stateIn({ levels }: Seen, id: string): RowState | undefined {
  return levels.findLast((level) => level.has(id))?.get(id);
}

/** True for the same ids. */
export function areSame(a: Seen, b: Seen): boolean {
  return a.count === b.count && a.sum === b.sum;
}

/** The keys of all ids; undefined where they are too many, or not known. */
export function keysOf({ count, levels, listed }: Seen): readonly string[] | undefined {
  if (!listed || count > MOST_LISTED) return undefined;
  const keys = new Set([...listed, ...levels.flatMap((level) => [...level.keys()].map(keyOf))]);
  return keys.size === count ? [...keys] : undefined;
}

/** What is left of a set when its run has ended; undefined for a text that is none of ours. */
export function seenFrom(text: string, keys?: string): Seen | undefined {
  const [, count, sum] = /^(\d{1,15})\.([0-9a-f]{1,16})$/.exec(text) ?? [];
  if (count === undefined || sum === undefined) return undefined;
  const listed = keys === undefined ? undefined : new Set(keys.match(/[0-9a-f]{12}/g));
  if (listed && (listed.size !== Number(count) || listed.size * KEY_DIGITS !== keys?.length)) return undefined;
  return { count: Number(count), sum: BigInt(`0x${sum}`), levels: [], listed };
}

/** The count and the sum as a text. */
export function seenText({ count, sum }: Seen): string {
  return `${count}.${sum.toString(16)}`;
}

function isKnown({ levels, listed }: Seen, id: string): boolean {
  return levels.some((level) => level.has(id)) || (listed !== undefined && listed.size > 0 && listed.has(keyOf(id)));
}

function grown(levels: readonly RowStates[], rows: RowStates): readonly RowStates[] {
  const last = levels.at(-1);
  if (!last || last.size > 2 * rows.size) return [...levels, rows];
  return grown(levels.slice(0, -1), new Map([...last, ...rows]));
}

function keyOf(id: string): string {
  return digestText(digest(id)).slice(0, KEY_DIGITS);
}

function weightOf(id: string): bigint {
  const { a, b } = digest(id);
  return (BigInt(a) << 32n) + BigInt(b);
}
