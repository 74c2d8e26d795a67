import type { StreamDefinition } from '../../../contract/streams.ts';
import type { RowKnobs, SalesloftKnobs } from '../world/knobs.ts';
import { draw, drawShare, hex8 } from './random.ts';

/** When a row is looked at. Epoch microseconds, but `nowMs`. */
export interface Moment {
  /** When the conversation began (or, for Salesloft, was created). */
  readonly atUs: number;
  /** When the row last changed, where the vendor tells. */
  readonly versionUs: number;
  /** The simulator's clock. */
  readonly nowMs: number;
}

/** The generated rows of one stream: everything is a pure function of the seed it was made with and the arguments. */
export interface RowKind {
  readonly definition: StreamDefinition;
  /** The vendor's own unit of the time it sorts and filters by. */
  readonly grainUs: number;
  key(ordinal: number): string;
  /** False for a row that shows null in place of its key. */
  showsKey(ordinal: number): boolean;
  /** Undefined for a key that is not of a generated row with this seed. */
  ordinalOf(key: string): number | undefined;
  /** The row as compact JSON text. */
  text(ordinal: number, moment: Moment): string;
}

/** The knobs that shape rows, for makers that know Salesloft's too. */
export type RenderKnobs = RowKnobs &
  Partial<Pick<SalesloftKnobs, 'precision' | 'rounding' | 'offsetMinutes' | 'details'>> & {
    readonly rowShape?: 'docs' | 'app';
  };

/** True for a seeded share of the rows. */
export function happens(share: number, seed: number, ordinal: number, salt: number): boolean {
  return share > 0 && drawShare(seed, ordinal, salt) < share;
}

/** A JSON string or, for an unknown value, null. The value must hold nothing that JSON escapes. */
export function quoted(text: string | undefined): string {
  return text === undefined ? 'null' : `"${text}"`;
}

/** False for the share of the rows that show no key. */
export function showsKey(knobs: RowKnobs, seed: number, ordinal: number): boolean {
  return !happens(knobs.nullKeys, seed, ordinal, 60);
}

/** True while the row must not tell its own time. */
export function timeHidden(knobs: RowKnobs, seed: number, ordinal: number, ageMs: number): boolean {
  if (happens(knobs.nullTimes, seed, ordinal, 61)) return true;
  return ageMs < knobs.untimed.forMs && happens(knobs.untimed.share, seed, ordinal, 62);
}

/** Fields that stand at the end of a row, with a leading comma; empty unless knobs ask for them. */
export function oddFields(knobs: RowKnobs, seed: number, ordinal: number): string {
  const bits = draw(seed, ordinal, 63);
  let text = '';
  if (happens(knobs.unknownFields, seed, ordinal, 64)) {
    text += `,"routing_v2":{"queue":"q${bits % 50}","hops":[${bits % 7},${bits % 11}],"note":null}`;
  }
  if (happens(knobs.bigNumbers, seed, ordinal, 65)) {
    text += `,"sequence":90071992547409${bits},"score":0.${bits}000000000000000005551115123125783,"ratio":1.50E+2`;
  }
  if (happens(knobs.duplicateNames, seed, ordinal, 66)) {
    text += `,"revision":"${hex8(bits)}","revision":"${bits % 9}"`;
  }
  return text;
}
