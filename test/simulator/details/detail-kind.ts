import type { DetailStreamName } from '../../../contract/streams.ts';
import { draw } from '../rows/random.ts';
import type { CommonKnobs, DetailKnobs } from '../world/knobs.ts';

/** A listed row whose detail is looked at. */
export interface Subject {
  readonly key: string;
  /** The row of the list as the vendor has it, parsed. */
  readonly row: Readonly<Record<string, unknown>>;
  /** The row as it is served in the list. */
  readonly line: string;
  /** When the conversation began (or, for Salesloft, the row was created), epoch ms. */
  readonly atMs: number;
  /** The simulator's clock. */
  readonly nowMs: number;
  readonly knobs: CommonKnobs;
  readonly details: DetailKnobs;
  /** 32 bits for the salt-th property of this detail, the same ones for the same key. */
  draw(salt: number): number;
  /** True for a seeded share of the details. */
  happens(share: number, salt: number): boolean;
}

/** The details of one stream: a pure function of the row of the list, the clock and the knobs. */
export interface DetailKind {
  readonly stream: DetailStreamName;
  /** How many brackets of a body stand around the detail, or around each of its parts. */
  readonly depth: number;
  /** What is said of an id that there is not. */
  readonly unknownStatus: 404 | 502;
  /** The detail as compact JSON text; of one that comes in pages its elements. */
  make(of: Subject): string | readonly string[];
}

/** What is drawn for a key. */
export function drawFor(seed: number, key: string): Pick<Subject, 'draw' | 'happens'> {
  const number = numberOf(key);
  const bits = (salt: number) => draw(seed, number, salt);
  return { draw: bits, happens: (share, salt) => share > 0 && bits(salt) / 4_294_967_296 < share };
}

/** 32 bits of a text (FNV-1a, public domain). */
export function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** A number of the row; undefined where it shows none. */
export function numberIn({ row }: Subject, name: string): number | undefined {
  const value = row[name];
  return typeof value === 'number' ? value : undefined;
}
