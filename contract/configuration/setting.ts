import { z } from 'zod';
import { formatDuration, parseDuration } from '../duration.ts';
import { otherType, shown } from './wording.ts';

/** What a setting reads as: a value, or why not. */
export type Reading<T> = { readonly value: T } | { readonly refused: string };

/** What editors are told of a setting, in the terms of JSON Schema. It is no check: that is the reader's. */
export interface Form {
  readonly type: 'string' | 'number' | 'boolean' | 'array' | readonly ['string', 'number'];
  /** Where there are few words for it. */
  readonly enum?: readonly string[];
  /** What to write. */
  readonly description: string;
}

/** A setting that is written as `Written`. Its reader gets values of every type, and `undefined` where the setting is missing. */
export function setting<Written, Meaning>(form: Form, read: (value: unknown) => Reading<Meaning>) {
  return z
    .custom<Written>()
    .meta({ ...form })
    .transform((value, context): Meaning => {
      const reading = read(value);
      if ('value' in reading) return reading.value;
      context.addIssue(reading.refused);
      return z.NEVER;
    });
}

/** A setting written as text; `fix` says what to write instead of anything else, `words` which ones there are, where they are few. */
export function text<Meaning, Written extends string = string>(
  fix: string,
  read: (written: string) => Reading<Meaning>,
  words?: readonly Written[],
) {
  return setting<Written, Meaning>({ type: 'string', ...(words && { enum: words }), description: fix }, (value) =>
    typeof value === 'string' ? read(value) : { refused: otherType(value, fix) },
  );
}

/** A setting written as text that means itself. */
export function textThat(holds: (written: string) => boolean, what: string, fix: string) {
  return text<string>(fix, (value) =>
    holds(value) ? { value } : { refused: `${shown(value)} is not a ${what}; ${fix}` },
  );
}

/** A duration in whole seconds, written as `parseDuration` reads it, or the number 0; read as milliseconds. */
export function duration(example: string, leastMs = 0, mostMs = Number.POSITIVE_INFINITY) {
  const least = leastMs > 0 ? `, ${formatDuration(leastMs)} at least` : '';
  const most = mostMs < Number.POSITIVE_INFINITY ? `, ${formatDuration(mostMs)} at most` : '';
  const fix = `write a number and a unit in whole seconds, such as "${example}"${least}${most}`;
  return setting<string | 0, number>({ type: ['string', 'number'], description: fix }, (value) => {
    if (typeof value !== 'string' && value !== 0) return { refused: otherType(value, fix) };
    const readMs = parseDuration(String(value));
    if (readMs === undefined) return { refused: `${shown(String(value))} is not a duration; ${fix}` };
    // Windows and requests lie on whole seconds: some vendors know no smaller unit.
    const fits = readMs >= leastMs && readMs <= mostMs && readMs % 1000 === 0;
    return fits ? { value: readMs } : { refused: `${shown(String(value))} is out of range; ${fix}` };
  });
}

/** A number between two bounds, both included. */
export function number(kind: 'whole number' | 'number', least: number, most = Number.POSITIVE_INFINITY) {
  const fix = `write a ${kind} from ${least}${most < Number.POSITIVE_INFINITY ? ` to ${most}` : ''}`;
  return setting<number, number>({ type: 'number', description: fix }, (value) => {
    if (typeof value !== 'number') return { refused: otherType(value, fix) };
    const fits = value >= least && value <= most && (kind === 'number' || Number.isSafeInteger(value));
    return fits ? { value } : { refused: `${value} is out of range; ${fix}` };
  });
}

/** A list of ids, each once; in any order, for the order means nothing. */
export function ids(of: string) {
  const fix = `write a list of 1 to 100 ids of ${of}, such as ["id-1", "id-2"]`;
  return setting<readonly string[], readonly string[]>({ type: 'array', description: fix }, (value) => {
    if (!Array.isArray(value)) return { refused: otherType(value, fix) };
    const odd = value.findIndex((id) => typeof id !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(id));
    if (odd >= 0) return { refused: `holds at [${odd}] what is not an id; ${fix}` };
    const once = [...new Set(value as readonly string[])].sort();
    return once.length >= 1 && once.length <= 100 ? { value: once } : { refused: `has ${once.length} ids; ${fix}` };
  });
}

const TRUE_OR_FALSE = 'write true or false';

/** `true` or `false`. */
export const trueOrFalse = setting<boolean, boolean>({ type: 'boolean', description: TRUE_OR_FALSE }, (value) =>
  typeof value === 'boolean' ? { value } : { refused: otherType(value, TRUE_OR_FALSE) },
);
