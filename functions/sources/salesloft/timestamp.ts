import { parseInstant } from '../../engine/rows/instant.ts';
import { scalarText } from '../../engine/rows/row.ts';

/** An instant as Salesloft wrote it, or as we write it to Salesloft. */
export interface Timestamp {
  /** Goes back to the vendor as it is. */
  readonly text: string;
  /** Epoch microseconds: instants are compared, never texts, since their offsets differ. */
  readonly micros: number;
  /** The smallest step that the text can show, microseconds. The vendor compares in microseconds but may print fewer digits. */
  readonly unitMicros: number;
}

/** The timestamp of a raw JSON token; undefined where it is none with an offset. */
export function timestampOf(token: string | undefined): Timestamp | undefined {
  const text = token?.startsWith('"') ? scalarText(token) : undefined;
  const micros = parseInstant(token);
  if (text === undefined || micros === undefined) return undefined;
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  return { text, micros, unitMicros: 10 ** Math.max(0, 6 - fraction.length) };
}

/** The instant in UTC, with as many digits as the unit has (six unless told). */
export function timestampAt(micros: number, unitMicros = 1): Timestamp {
  const seconds = Math.floor(micros / 1e6);
  const digits = 7 - String(unitMicros).length;
  const fraction = String(micros - seconds * 1e6)
    .padStart(6, '0')
    .slice(0, digits);
  const text = `${new Date(seconds * 1000).toISOString().slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}Z`;
  return { text, micros, unitMicros };
}

/** The first instant that the same digits show as a later one: the end of everything that reads like `timestamp`. */
export function after({ micros, unitMicros }: Timestamp): Timestamp {
  return timestampAt((Math.floor(micros / unitMicros) + 1) * unitMicros, unitMicros);
}

/** True when `a` is earlier than `b` by the coarser of their units, so that a cut-off digit makes no difference. */
export function isBefore(a: Timestamp, b: Timestamp): boolean {
  const unit = Math.max(a.unitMicros, b.unitMicros);
  return Math.floor(a.micros / unit) < Math.floor(b.micros / unit);
}
