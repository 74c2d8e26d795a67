import type { Checkpoint, Claim, Reread } from '../checkpoint.ts';
import { ConvlakeError } from '../errors.ts';
import type { Place } from '../source.ts';

/** The format that is written; decoders of every format ever released stay. */
const FORMAT = 1;
/** What the smallest store takes: a standard SSM parameter holds 4 KB (AWS Systems Manager, quotas). */
const LIMIT_BYTES = 4096;

/**
 * The durable text of a checkpoint: JSON with its format's number, instants in ISO 8601 (people read it), durations in ms.
 * @throws RangeError for one beyond 4 KB, or with a number that would not come back: the caller's mistake, and nothing must be written then
 */
export function encodeCheckpoint(checkpoint: Checkpoint): string {
  const { epoch, watermark, seen, walk, owed, rereadFrom, reread, deep, ...others } = checkpoint;
  const { window, newestRow, claim, start, lake, updatedAt, run, ...rest } = others;
  refuseUnknown(rest);
  const text = JSON.stringify({
    v: FORMAT,
    epoch: whole(epoch),
    watermark: iso(watermark),
    seen: optionalIso(seen),
    walk: walk && encodePlace(walk),
    owed: optionalIso(owed),
    rereadFrom: optionalIso(rereadFrom),
    reread: reread && encodeReread(reread),
    deep: optionalIso(deep),
    window: window === undefined ? undefined : whole(window),
    newestRow: optionalIso(newestRow),
    claim: claim && encodeClaim(claim),
    start: iso(start),
    lake,
    updatedAt: iso(updatedAt),
    run,
  });
  const bytes = new TextEncoder().encode(text).length;
  if (bytes >= LIMIT_BYTES) throw new RangeError(`a checkpoint of ${bytes} bytes does not fit into ${LIMIT_BYTES}`);
  return text;
}

function encodeReread({ from, to, deep, place, walk, since, ...rest }: Reread) {
  refuseUnknown(rest);
  const ends = { from: iso(from), to: iso(to) };
  return { ...ends, deep, place: iso(place), walk: walk && encodePlace(walk), since: optionalIso(since) };
}

function encodeClaim({ run, until, ...rest }: Claim) {
  refuseUnknown(rest);
  return { run, until: iso(until) };
}

function encodePlace({ at, tied, ...rest }: Place) {
  refuseUnknown(rest);
  return { at, tied: tied && { createdFrom: tied.createdFrom } };
}

/** The type makes a field that was added to a checkpoint and forgotten here an error of compilation. */
function refuseUnknown(rest: Readonly<Record<string, never>>): void {
  for (const name of Object.keys(rest)) throw new RangeError(`format ${FORMAT} of a checkpoint has no field ${name}`);
}

/**
 * Reads what `encodeCheckpoint` wrote, strictly: a field that is missing, malformed or unknown means that somebody else wrote
 * it, and a guess could lose rows.
 * @param where names the record in errors
 * @throws ConvlakeError `checkpoint-unreadable`
 */
export function decodeCheckpoint(text: string, where: string): Checkpoint {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(where, 'it is no JSON', cause);
  }
  const fields = openFields(value, { where, path: '' });
  const format = fields.count('v');
  if (format > FORMAT) {
    throw new ConvlakeError(
      'checkpoint-unreadable',
      'stop-stream',
      `the checkpoint ${where} has format ${format} and this convlake knows ${FORMAT}: a newer one wrote it, so upgrade this one`,
    );
  }
  if (format !== FORMAT) throw unreadable(where, `there is no format ${format}`);
  return decodeFormat1(fields);
}

function decodeFormat1(fields: Fields): Checkpoint {
  const checkpoint: Checkpoint = {
    epoch: fields.count('epoch'),
    watermark: fields.instant('watermark'),
    ...(fields.has('seen') && { seen: fields.instant('seen') }),
    ...(fields.has('walk') && { walk: decodePlace(fields.inner('walk')) }),
    ...(fields.has('owed') && { owed: fields.instant('owed') }),
    ...(fields.has('rereadFrom') && { rereadFrom: fields.instant('rereadFrom') }),
    ...(fields.has('reread') && { reread: decodeReread(fields.inner('reread')) }),
    ...(fields.has('deep') && { deep: fields.instant('deep') }),
    ...(fields.has('window') && { window: fields.count('window') }),
    ...(fields.has('newestRow') && { newestRow: fields.instant('newestRow') }),
    ...(fields.has('claim') && { claim: decodeClaim(fields.inner('claim')) }),
    start: fields.instant('start'),
    lake: fields.text('lake'),
    updatedAt: fields.instant('updatedAt'),
    run: fields.text('run'),
  };
  fields.end();
  return checkpoint;
}

function decodePlace(fields: Fields): Place {
  const at = fields.text('at');
  const tied = fields.has('tied') ? fields.inner('tied') : undefined;
  const place = { at, ...(tied && { tied: { createdFrom: tied.text('createdFrom') } }) };
  tied?.end();
  fields.end();
  return place;
}

function decodeReread(fields: Fields): Reread {
  const reread = {
    from: fields.instant('from'),
    to: fields.instant('to'),
    deep: fields.flag('deep'),
    place: fields.instant('place'),
    ...(fields.has('walk') && { walk: decodePlace(fields.inner('walk')) }),
    ...(fields.has('since') && { since: fields.instant('since') }),
  };
  fields.end();
  return reread;
}

function decodeClaim(fields: Fields): Claim {
  const claim = { run: fields.text('run'), until: fields.instant('until') };
  fields.end();
  return claim;
}

/** The fields of one object, each read once; what `end` finds unread is unknown. */
interface Fields {
  has(name: string): boolean;
  /** A whole number from 0 on. */
  count(name: string): number;
  /** Epoch milliseconds of a UTC instant as `toISOString` writes it. */
  instant(name: string): number;
  text(name: string): string;
  flag(name: string): boolean;
  inner(name: string): Fields;
  /** @throws ConvlakeError for a field that nobody asked for */
  end(): void;
}

function openFields(value: unknown, at: { readonly where: string; readonly path: string }): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unreadable(at.where, `${at.path || 'it'} is no object`);
  }
  const left = new Map<string, unknown>(Object.entries(value));
  const pathOf = (name: string) => (at.path ? `${at.path}.${name}` : name);
  const take = <T>(name: string, expected: string, read: (field: unknown) => T | undefined): T => {
    const understood = left.has(name) ? read(left.get(name)) : undefined;
    if (understood === undefined) throw unreadable(at.where, `${pathOf(name)} is not ${expected}`);
    left.delete(name);
    return understood;
  };

  return {
    has: (name) => left.has(name),
    count: (name) => take(name, 'a whole number from 0 on', readCount),
    instant: (name) => take(name, 'an instant like 2026-01-02T03:04:05.678Z', readInstant),
    text: (name) => take(name, 'text', (field) => (typeof field === 'string' ? field : undefined)),
    flag: (name) => take(name, 'true or false', (field) => (typeof field === 'boolean' ? field : undefined)),
    inner: (name) => take(name, 'an object', (field) => openFields(field, { where: at.where, path: pathOf(name) })),
    end() {
      for (const name of left.keys()) throw unreadable(at.where, `nothing is known of a field ${pathOf(name)}`);
    },
  };
}

function readCount(field: unknown): number | undefined {
  return typeof field === 'number' && Number.isSafeInteger(field) && field >= 0 ? field : undefined;
}

function readInstant(field: unknown): number | undefined {
  if (typeof field !== 'string') return undefined;
  const instant = Date.parse(field);
  // Only what would be written again counts: Date.parse alone takes 30 February and local times.
  return Number.isNaN(instant) || new Date(instant).toISOString() !== field ? undefined : instant;
}

function iso(instant: number): string {
  if (!Number.isInteger(instant)) throw new RangeError(`${instant} is no instant in whole milliseconds`);
  return new Date(instant).toISOString();
}

function whole(count: number): number {
  if (readCount(count) === undefined) throw new RangeError(`${count} is no whole number from 0 on`);
  return count;
}

function optionalIso(instant: number | undefined): string | undefined {
  return instant === undefined ? undefined : iso(instant);
}

function unreadable(where: string, what: string, cause?: unknown): ConvlakeError {
  return new ConvlakeError(
    'checkpoint-unreadable',
    'stop-stream',
    `cannot make sense of the checkpoint ${where}: ${what}; put back an earlier version of it, or move it aside to read again from \`start\` (which costs requests, no rows)`,
    cause === undefined ? {} : { cause },
  );
}
