import type { VolatilePath } from '../../../contract/streams.ts';
import { byteAt, Code, endOfPlain, skipColon, skipSpace, skipString, skipValue } from './json-scanner.ts';
import { bufferOf } from './lines.ts';

/** What is left out of a value, and of the values in it. */
interface LeftOut {
  /** By name: the member as a whole, or something in it. */
  readonly members: ReadonlyMap<string, 'whole' | LeftOut>;
  /** How many bytes the names have, for most names are told apart by that. */
  readonly lengths: ReadonlySet<number>;
  /** What is left out of each element of an array. */
  readonly each: LeftOut | undefined;
}

/** Stands in a path for each element of an array. */
const EACH = '[]';

/**
 * Makes the function that gives the part of a row by which it is compared: all but the fields that change without the row having changed.
 * A row that has none of them is given as it is. Only commas go with a field, so that a row that has one more of them is still the same.
 */
export function comparedPart(volatile: readonly VolatilePath[]): (row: Uint8Array) => Uint8Array {
  const leftOut = leftOutBy(volatile);
  return (row) => {
    const bytes = bufferOf(row);
    const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
    const cutting: Cutting = { bytes, view, end: row.byteLength, pieces: [], from: 0 };
    pass(cutting, 0, leftOut);
    if (cutting.from === 0) return row;
    cutting.pieces.push(bytes.subarray(cutting.from));
    return Buffer.concat(cutting.pieces);
  };
}

function leftOutBy(paths: readonly (readonly string[])[]): LeftOut {
  const byName = Map.groupBy(paths, ([name = '']) => name);
  const inner = (name: string) => (byName.get(name) ?? []).map((path) => path.slice(1));
  const names = [...byName.keys()].filter((name) => name !== EACH);
  const members = names.map((name) => {
    const deeper = inner(name);
    return [name, deeper.some(({ length }) => length === 0) ? 'whole' : leftOutBy(deeper)] as const;
  });
  return {
    members: new Map(members),
    lengths: new Set(names.map((name) => Buffer.byteLength(name))),
    each: byName.has(EACH) ? leftOutBy(inner(EACH)) : undefined,
  };
}

/** A row being cut. It is well-formed JSON: whoever split or read it has seen to that. */
interface Cutting {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly end: number;
  readonly pieces: Uint8Array[];
  /** Everything before it is in the pieces, or left out. */
  from: number;
}

function cut(cutting: Cutting, from: number, to: number): void {
  if (from > cutting.from) cutting.pieces.push(cutting.bytes.subarray(cutting.from, from));
  cutting.from = to;
}

/** Passes any value, and cuts out of it. */
function pass(cutting: Cutting, at: number, leftOut: LeftOut): number {
  const { view, end } = cutting;
  const code = byteAt(view, at, end);
  if (code === Code.openObject && leftOut.members.size > 0) return passObject(cutting, at, leftOut);
  if (code === Code.openArray && leftOut.each) return passArray(cutting, at, leftOut.each);
  return skipValue(view, at, end);
}

function passObject(cutting: Cutting, at: number, leftOut: LeftOut): number {
  const { view, end } = cutting;
  let keptTo: number | undefined; // the end of the last member that stays
  at = skipSpace(view, at + 1, end);
  while (byteAt(view, at, end) !== Code.closeObject) {
    const from = at;
    const nameEnd = skipString(view, at + 1, end);
    const left = leftOfMember(cutting, at, nameEnd, leftOut);
    const value = skipColon(view, nameEnd, end);
    const to = left === undefined || left === 'whole' ? skipValue(view, value, end) : pass(cutting, value, left);
    const next = afterComma(cutting, to);
    if (left !== 'whole') keptTo = to;
    else if (keptTo === undefined) cut(cutting, from, next);
    else cut(cutting, keptTo, to);
    at = next;
  }
  return at + 1;
}

function passArray(cutting: Cutting, at: number, each: LeftOut): number {
  const { view, end } = cutting;
  at = skipSpace(view, at + 1, end);
  while (byteAt(view, at, end) !== Code.closeArray) at = afterComma(cutting, pass(cutting, at, each));
  return at + 1;
}

/** Behind the comma that follows, and the space around it; where none does, at what follows. */
function afterComma({ view, end }: Cutting, at: number): number {
  const next = skipSpace(view, at, end);
  return byteAt(view, next, end) === Code.comma ? skipSpace(view, next + 1, end) : next;
}

/** Names are compared as they read without their escapes. */
function leftOfMember(
  { bytes, view, end }: Cutting,
  from: number,
  nameEnd: number,
  { members, lengths }: LeftOut,
): 'whole' | LeftOut | undefined {
  const plainTo = endOfPlain(view, from + 1, end);
  if (plainTo !== nameEnd - 1) return members.get(String(JSON.parse(bytes.toString('utf8', from, nameEnd))));
  return lengths.has(plainTo - from - 1) ? members.get(bytes.toString('utf8', from + 1, plainTo)) : undefined;
}
