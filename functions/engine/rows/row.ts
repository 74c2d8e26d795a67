import type { FieldPath, StreamDefinition } from '../../../contract/streams.ts';

/** The fields that the engine reads of every row of a stream, in the order of `Row.tokens`: keys, times, version, status. */
export function fieldsToRead(definition: StreamDefinition): readonly FieldPath[] {
  const { key, time, version, status } = definition;
  return [...key, ...time, ...(version ? [version] : []), ...(status ? [status.field] : [])];
}

/** The text of a scalar JSON token (a string's content, a number as written); undefined for null, booleans, objects, arrays, absence. */
export function scalarText(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const first = token.charCodeAt(0);
  if (first === 0x22) return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
  return first === 0x2d || (first >= 0x30 && first <= 0x39) ? token : undefined;
}
