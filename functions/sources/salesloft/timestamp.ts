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
  return { text, micros, unitMicros: unitOf(text) };
}

function unitOf(text: string): number {
  const fraction = /\.(\d+)/.exec(text)?.[1];
  if (fraction !== undefined) return 10 ** Math.max(0, 6 - fraction.length);
  return /^.{11}\d\d:\d\d:/.test(text) ? 1e6 : 60e6;
}

/** The instant in UTC, with as many digits as the unit has (six unless told, and where it has too few for the instant). */
export function timestampAt(micros: number, unitMicros = 1): Timestamp {
  const seconds = Math.floor(micros / 1e6);
  const digits = micros % unitMicros === 0 ? Math.max(0, 7 - String(unitMicros).length) : 6;
  const fraction = String(micros - seconds * 1e6)
    .padStart(6, '0')
    .slice(0, digits);
  const text = `${new Date(seconds * 1000).toISOString().slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}Z`;
  return { text, micros, unitMicros };
}

/**
 * The span `[from, to)` in which the stored instant lies that the vendor prints so. It compares in microseconds and may print fewer
 * digits; whether it cuts or rounds them is not documented, so one unit to either side is allowed for.
 */
export function storedWithin({ micros, unitMicros }: Timestamp): { readonly from: Timestamp; readonly to: Timestamp } {
  return { from: timestampAt(micros - unitMicros, unitMicros), to: timestampAt(micros + unitMicros, unitMicros) };
}

/** The earliest instant, epoch microseconds, that may be printed so. */
export function earliestMicros({ micros, unitMicros }: Timestamp): number {
  return micros - unitMicros;
}

/** The first instant, epoch microseconds, that is too late to be printed so. */
export function tooLateMicros({ micros, unitMicros }: Timestamp): number {
  return micros + unitMicros;
}
