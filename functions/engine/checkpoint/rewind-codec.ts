import type { Rewind } from '../checkpoint.ts';
import { COUNT, UTC_INSTANT } from '../strict-fields.ts';
import { FORMAT, openRecord, writtenCount, writtenInstant } from './record.ts';

const TO_FIX = 'write it again with `convlake rewind`, or remove it to leave the checkpoint as it is';

/** The durable text of a rewind: JSON with its format's number. @throws RangeError for a number that would not come back */
export function encodeRewind({ epoch, watermark }: Rewind): string {
  return JSON.stringify({ v: FORMAT, epoch: writtenCount(epoch), watermark: writtenInstant(watermark) });
}

/**
 * Reads what `encodeRewind` wrote, strictly.
 * @param where names the record in errors
 * @throws ConvlakeError `checkpoint-unreadable`
 */
export function decodeRewind(text: string, where: string): Rewind {
  const fields = openRecord(text, { kind: 'rewind', where, toFix: TO_FIX });
  const rewind = { epoch: fields.take('epoch', COUNT), watermark: fields.take('watermark', UTC_INSTANT) };
  fields.end();
  return rewind;
}
