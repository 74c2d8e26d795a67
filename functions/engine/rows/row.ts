import type { FieldPath, StreamDefinition } from '../../../contract/streams.ts';

/** One JSON value as the vendor wrote it, with what the engine may know of it. */
export interface Row {
  /** The line: the vendor's bytes less CR and LF between tokens, without a line end. Usually a view on the page's body. */
  readonly bytes: Uint8Array;
  /**
   * The raw JSON token of each asked field, in the order asked; undefined where the row has no such field or is no object.
   * Of a name that stands twice in an object the first counts, as it does for Athena's json_extract_scalar.
   */
  readonly tokens: readonly (string | undefined)[];
}

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
