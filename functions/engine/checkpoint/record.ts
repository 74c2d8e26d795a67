import { isoInstant } from '../../../contract/instant.ts';
import type { StreamName } from '../../../contract/streams.ts';
import { ConvlakeError } from '../errors.ts';
import type { Span } from '../source.ts';
import { COUNT, type StrictFields, strictFields, TEXT, UTC_INSTANT } from '../strict-fields.ts';

/** The format in which durable records are written; decoders of every format ever released stay. Format 1 does not say whose it is. */
export const FORMAT = 2;

/** What a record is a record of: one stream of one tenant, or one backfill of it, told by its span. */
export interface RecordOwner {
  readonly stream: StreamName;
  readonly tenant: string;
  readonly backfill?: Span;
}

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
 * that something else wrote it, and a guess could lose rows. So does a record of something else than `owner`, where that is given:
 * somebody has copied or renamed it.
 * @throws ConvlakeError `checkpoint-unreadable`, from reading its fields too
 */
export function openRecord(text: string, names: RecordNames, owner?: RecordOwner): StrictFields<never> {
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
  if (format === 0) throw unreadable(names, `there is no format ${format}`);
  if (format > 1) refuseOthers(fields.inner('of'), names, owner);
  return fields;
}

/** The owner as a record says it. */
export function writtenOwner({ stream, tenant, backfill }: RecordOwner) {
  return {
    stream,
    tenant,
    from: backfill && writtenInstant(backfill.from),
    to: backfill && writtenInstant(backfill.to),
  };
}

function refuseOthers(fields: StrictFields<never>, names: RecordNames, owner: RecordOwner | undefined): void {
  const stream = fields.take('stream', TEXT);
  const tenant = fields.take('tenant', TEXT);
  const span = fields.has('from') && {
    from: isoInstant(fields.take('from', UTC_INSTANT)),
    to: isoInstant(fields.take('to', UTC_INSTANT)),
  };
  fields.end();
  const told = ownerText({ stream, tenant, ...span });
  const expected = owner && ownerText({ ...owner, ...writtenOwner(owner) });
  if (expected === undefined || told === expected) return;
  // What it says came from outside: quoted and cut, as names of fields are.
  throw unreadable(names, `it is that of ${JSON.stringify(told.slice(0, 300))}, and this is ${expected}`);
}

function ownerText({ stream, tenant, from, to }: ReturnType<typeof writtenOwner> | Record<string, string>): string {
  return `${stream} of ${tenant}${from === undefined ? '' : `, its backfill from ${from} to ${to}`}`;
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
