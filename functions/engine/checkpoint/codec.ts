import type { Checkpoint, Claim, Reread } from '../checkpoint.ts';
import type { Bookmark, Span } from '../source.ts';
import { COUNT, FLAG, type StrictFields, TEXT, TEXTS, UTC_INSTANT } from '../strict-fields.ts';
import { FORMAT, openRecord, type RecordOwner, writtenCount, writtenInstant, writtenOwner } from './record.ts';

/** What the smallest store takes: a standard SSM parameter holds 4 KB (AWS Systems Manager, quotas). */
const LIMIT_BYTES = 4096;
const TO_FIX =
  'put back an earlier version of it, or move it aside to read again from `start` (which costs requests, no rows)';

/**
 * The durable text of a checkpoint: JSON with its format's number and its owner, instants in ISO 8601 (people read it), durations in ms.
 * @throws RangeError for one beyond 4 KB, or with a number that would not come back: the caller's mistake, and nothing must be written then
 */
export function encodeCheckpoint(checkpoint: Checkpoint, owner: RecordOwner): string {
  const { epoch, watermark, seen, walk, owed, rereadFrom, reread, history, deep, ...others } = checkpoint;
  const { window, newestRow, claim, start, lake, updatedAt, run, ...rest } = others;
  refuseUnknown(rest);
  const text = JSON.stringify({
    v: FORMAT,
    of: writtenOwner(owner),
    epoch: writtenCount(epoch),
    watermark: writtenInstant(watermark),
    seen: optionalInstant(seen),
    walk: walk && encodeBookmark(walk),
    owed: optionalInstant(owed),
    rereadFrom: optionalInstant(rereadFrom),
    reread: reread && encodeReread(reread),
    history: history && encodeSpan(history),
    deep: optionalInstant(deep),
    window: window === undefined ? undefined : writtenCount(window),
    newestRow: optionalInstant(newestRow),
    claim: claim && encodeClaim(claim),
    start: writtenInstant(start),
    lake,
    updatedAt: writtenInstant(updatedAt),
    run,
  });
  const bytes = new TextEncoder().encode(text).length;
  if (bytes >= LIMIT_BYTES) throw new RangeError(`a checkpoint of ${bytes} bytes does not fit into ${LIMIT_BYTES}`);
  return text;
}

function encodeReread({ from, to, deep, place, walk, since, ...rest }: Reread) {
  refuseUnknown(rest);
  return {
    ...encodeSpan({ from, to }),
    deep,
    place: writtenInstant(place),
    walk: walk && encodeBookmark(walk),
    since: optionalInstant(since),
  };
}

function encodeSpan({ from, to, ...rest }: Span) {
  refuseUnknown(rest);
  return { from: writtenInstant(from), to: writtenInstant(to) };
}

function encodeClaim({ run, until, ...rest }: Claim) {
  refuseUnknown(rest);
  return { run, until: writtenInstant(until) };
}

function encodeBookmark({ at, tied, ...rest }: Bookmark) {
  refuseUnknown(rest);
  return { at, tied };
}

/** The type makes a field that was added to a checkpoint and forgotten here an error of compilation. */
function refuseUnknown(rest: Readonly<Record<string, never>>): void {
  for (const name of Object.keys(rest)) throw new RangeError(`format ${FORMAT} of a checkpoint has no field ${name}`);
}

function optionalInstant(instant: number | undefined): string | undefined {
  return instant === undefined ? undefined : writtenInstant(instant);
}

/**
 * Reads what `encodeCheckpoint` wrote, strictly.
 * @param where names the record in errors
 * @param owner whose it must be, where that matters; format 1 does not tell
 * @throws ConvlakeError `checkpoint-unreadable`
 */
export function decodeCheckpoint(text: string, where: string, owner?: RecordOwner): Checkpoint {
  const fields = openRecord(text, { kind: 'checkpoint', where, toFix: TO_FIX }, owner);
  const checkpoint: Checkpoint = {
    epoch: fields.take('epoch', COUNT),
    watermark: fields.take('watermark', UTC_INSTANT),
    ...(fields.has('seen') && { seen: fields.take('seen', UTC_INSTANT) }),
    ...(fields.has('walk') && { walk: decodeBookmark(fields.inner('walk')) }),
    ...(fields.has('owed') && { owed: fields.take('owed', UTC_INSTANT) }),
    ...(fields.has('rereadFrom') && { rereadFrom: fields.take('rereadFrom', UTC_INSTANT) }),
    ...(fields.has('reread') && { reread: decodeReread(fields.inner('reread')) }),
    ...(fields.has('history') && { history: decodeSpan(fields.inner('history')) }),
    ...(fields.has('deep') && { deep: fields.take('deep', UTC_INSTANT) }),
    ...(fields.has('window') && { window: fields.take('window', COUNT) }),
    ...(fields.has('newestRow') && { newestRow: fields.take('newestRow', UTC_INSTANT) }),
    ...(fields.has('claim') && { claim: decodeClaim(fields.inner('claim')) }),
    start: fields.take('start', UTC_INSTANT),
    lake: fields.take('lake', TEXT),
    updatedAt: fields.take('updatedAt', UTC_INSTANT),
    run: fields.take('run', TEXT),
  };
  fields.end();
  return checkpoint;
}

function decodeBookmark(fields: StrictFields<never>): Bookmark {
  const at = fields.take('at', TEXT);
  const bookmark = { at, ...(fields.has('tied') && { tied: fields.take('tied', TEXTS) }) };
  fields.end();
  return bookmark;
}

function decodeReread(fields: StrictFields<never>): Reread {
  const reread = {
    from: fields.take('from', UTC_INSTANT),
    to: fields.take('to', UTC_INSTANT),
    deep: fields.take('deep', FLAG),
    place: fields.take('place', UTC_INSTANT),
    ...(fields.has('walk') && { walk: decodeBookmark(fields.inner('walk')) }),
    ...(fields.has('since') && { since: fields.take('since', UTC_INSTANT) }),
  };
  fields.end();
  return reread;
}

function decodeSpan(fields: StrictFields<never>): Span {
  const span = { from: fields.take('from', UTC_INSTANT), to: fields.take('to', UTC_INSTANT) };
  fields.end();
  return span;
}

function decodeClaim(fields: StrictFields<never>): Claim {
  const claim = { run: fields.take('run', TEXT), until: fields.take('until', UTC_INSTANT) };
  fields.end();
  return claim;
}
