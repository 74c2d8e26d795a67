import { Buffer } from 'node:buffer';
import type { FieldPath, StreamDefinition } from '../../../contract/streams.ts';
import { bufferOf } from './lines.ts';

/** What lines of detail streams have beyond: for which state of the list they were fetched, and whether the vendor has the detail no more. */
const OF_DETAILS: readonly FieldPath[] = [['listed'], ['gone']];
const STUB_END = Buffer.from('.json.gz"}');

/**
 * The fields that the engine reads of every row of a stream, in the order of `Row.tokens`: keys, times, version, status, and of a detail
 * stream those that its lines have beyond.
 */
export function fieldsToRead(definition: StreamDefinition): readonly FieldPath[] {
  const { key, time, version, status, details } = definition;
  const own = [...key, ...time, ...(version ? [version] : []), ...(status ? [status.field] : [])];
  return details ? [...own, ...OF_DETAILS] : own;
}

/** Where `fieldsToRead` puts what lines of a detail stream have beyond. */
export function slotsOfDetail(definition: StreamDefinition): { readonly listed: number; readonly gone: number } {
  const listed = fieldsToRead(definition).length - OF_DETAILS.length;
  return { listed, gone: listed + 1 };
}

/** True for a line whose end may be that of one that stands for a row too large for a line. */
export function endsLikeStub(line: Uint8Array): boolean {
  return bufferOf(line.subarray(-STUB_END.length)).equals(STUB_END);
}

/** The text of a scalar JSON token (a string's content, a number as written); undefined for null, booleans, objects, arrays, absence. */
export function scalarText(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const first = token.charCodeAt(0);
  if (first === 0x22) return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
  return first === 0x2d || (first >= 0x30 && first <= 0x39) ? token : undefined;
}
