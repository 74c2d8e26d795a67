import { createHash } from 'node:crypto';
import { type DetailStreamName, streamDefinition } from '../../../../contract/streams.ts';
import { fieldOf } from '../../../simulator/rows/fields.ts';

const HASH_DIGITS = 24;

/** The state that a row of the list tells of: what a detail's line is to say of it, worked out here once more from docs/delivery.md's words. */
export function listedStateOf(stream: DetailStreamName, rowLine: string): string {
  const { changes = [] } = streamDefinition(stream).details ?? {};
  const row: unknown = JSON.parse(rowLine);
  const tokens = (changes.at(-1) ?? []).map((path) => JSON.stringify(fieldOf(row, path) ?? '').replace(/^""$/, ''));
  const hash = createHash('sha256').update(tokens.join('\n')).digest('hex').slice(0, HASH_DIGITS);
  return `${changes.length}.${hash}`;
}
