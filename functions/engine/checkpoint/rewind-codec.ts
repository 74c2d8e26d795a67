import type { Rewind } from '../checkpoint.ts';
import { COUNT, TEXT, UTC_INSTANT } from '../strict-fields.ts';
import { FORMAT, openRecord, type RecordOwner, writtenCount, writtenInstant, writtenOwner } from './record.ts';

const TO_FIX = 'order the rewind again, or remove this one to leave the checkpoint as it is';

/** The durable text of a rewind: JSON with its format's number and its owner. @throws RangeError for a number that would not come back */
export function encodeRewind({ epoch, watermark, lake }: Rewind, owner: RecordOwner): string {
  const written = { epoch: writtenCount(epoch), watermark: writtenInstant(watermark), lake };
  return JSON.stringify({ v: FORMAT, of: writtenOwner(owner), ...written });
}

/**
 * Reads what `encodeRewind` wrote, strictly.
 * @param where names the record in errors
 * @param owner whose it must be, where that matters; format 1 does not tell
 * @throws ConvlakeError `checkpoint-unreadable`
 */
export function decodeRewind(text: string, where: string, owner?: RecordOwner): Rewind {
  const fields = openRecord(text, { kind: 'rewind', where, toFix: TO_FIX }, owner);
  const rewind = {
    epoch: fields.take('epoch', COUNT),
    watermark: fields.take('watermark', UTC_INSTANT),
    ...(fields.has('lake') && { lake: fields.take('lake', TEXT) }),
  };
  fields.end();
  return rewind;
}
