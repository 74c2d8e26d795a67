import { isoInstant } from '../../../contract/instant.ts';
import { ConvlakeError } from '../errors.ts';
import { COUNT, type StrictFields, strictFields } from '../strict-fields.ts';

/** The format in which durable records are written; decoders of every format ever released stay. */
export const FORMAT = 1;

/** What errors say of a durable record. */
export interface RecordNames {
  /** Its kind: `checkpoint`. */
  readonly kind: string;
  /** Which one it is: a path, or the name of a parameter. */
  readonly where: string;
  /** What to do about one that cannot be read. */
  readonly toFix: string;
}

/**
 * Opens the JSON text of a record of the present format, to be read strictly: a field that is missing, malformed or unknown means
 * that something else wrote it, and a guess could lose rows.
 * @throws ConvlakeError `checkpoint-unreadable`, from reading its fields too
 */
export function openRecord(text: string, names: RecordNames): StrictFields<never> {
  const fields = strictFields<never>(parseJson(text, names), (path, problem) => {
    throw unreadable(names, `${path} ${problem}`);
  });
  const format = fields.take('v', COUNT);
  if (format > FORMAT) {
    throw new ConvlakeError(
      'checkpoint-unreadable',
      'stop-stream',
      `the ${names.kind} ${names.where} has format ${format} and this convlake knows ${FORMAT}: a newer one wrote it, so upgrade this one`,
    );
  }
  if (format !== FORMAT) throw unreadable(names, `there is no format ${format}`);
  return fields;
}

/** The text of an instant. @throws RangeError for one that would not come back */
export function writtenInstant(instant: number): string {
  if (!Number.isInteger(instant)) throw new RangeError(`${instant} is not an instant in whole milliseconds`);
  return isoInstant(instant);
}

/** A count as it is written. @throws RangeError for one that would not come back */
export function writtenCount(count: number): number {
  if (COUNT.read(count) === undefined) throw new RangeError(`${count} is not ${COUNT.called}`);
  return count;
}

function parseJson(text: string, names: RecordNames): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(names, 'it is not JSON', cause);
  }
}

function unreadable({ kind, where, toFix }: RecordNames, what: string, cause?: unknown): ConvlakeError {
  return new ConvlakeError(
    'checkpoint-unreadable',
    'stop-stream',
    `cannot make sense of the ${kind} ${where}: ${what}; ${toFix}`,
    cause === undefined ? {} : { cause },
  );
}
