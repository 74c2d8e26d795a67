import { ConvlakeError } from '../errors.ts';

/** Somebody's order to start again from an earlier watermark. Only people write it; runs read it. */
export interface Rewind {
  /** Higher than that of every checkpoint written before: a run whose checkpoint has a lower one starts from here. */
  readonly epoch: number;
  /** Where to start from, epoch milliseconds. */
  readonly watermark: number;
}

/** The format that is written; decoders of every format ever released stay. */
const FORMAT = 1;

/** The durable text of a rewind: JSON with its format's number. @throws RangeError for a number that would not come back */
export function encodeRewind({ epoch, watermark }: Rewind): string {
  if (!isCount(epoch)) throw new RangeError(`${epoch} is no whole number from 0 on`);
  if (!Number.isInteger(watermark)) throw new RangeError(`${watermark} is no instant in whole milliseconds`);
  return JSON.stringify({ v: FORMAT, epoch, watermark: new Date(watermark).toISOString() });
}

/**
 * Reads what `encodeRewind` wrote, strictly.
 * @param where names the record in errors
 * @throws ConvlakeError `checkpoint-unreadable`
 */
export function decodeRewind(text: string, where: string): Rewind {
  const fields = parseObject(text, where);
  const { v, epoch, watermark, ...rest } = fields;
  if (isCount(v) && v > FORMAT) {
    throw new ConvlakeError(
      'checkpoint-unreadable',
      'stop-stream',
      `the rewind ${where} has format ${v} and this convlake knows ${FORMAT}: a newer one wrote it, so upgrade this one`,
    );
  }
  if (v !== FORMAT) throw unreadable(where, `it has no format that ever was`);
  if (!isCount(epoch)) throw unreadable(where, 'epoch is not a whole number from 0 on');
  const instant = typeof watermark === 'string' ? Date.parse(watermark) : Number.NaN;
  if (Number.isNaN(instant) || new Date(instant).toISOString() !== watermark) {
    throw unreadable(where, 'watermark is not an instant like 2026-01-02T03:04:05.678Z');
  }
  for (const name of Object.keys(rest)) throw unreadable(where, `nothing is known of a field ${name}`);
  return { epoch, watermark: instant };
}

function parseObject(text: string, where: string): Partial<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(where, 'it is no JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable(where, 'it is no object');
  return { ...value };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function unreadable(where: string, what: string, cause?: unknown): ConvlakeError {
  return new ConvlakeError(
    'checkpoint-unreadable',
    'stop-stream',
    `cannot make sense of the rewind ${where}: ${what}; write it again with \`convlake rewind\`, or remove it to leave the checkpoint as it is`,
    cause === undefined ? {} : { cause },
  );
}
