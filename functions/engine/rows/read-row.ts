import type { FieldPath } from '../../../contract/streams.ts';
import { ConvlakeError } from '../errors.ts';
import { readAgain } from '../read-again.ts';
import type { Row } from '../source.ts';
import { JsonFault, skipSpace } from './json-scanner.ts';
import { hasBreaks, jsonText, skipRest, withoutBreaks } from './json-text.ts';
import { readValue, wantedNames } from './row-fields.ts';

/**
 * Reads one line of the lake, without its line feed, as the row that it is.
 * @throws ConvlakeError `object-corrupt` where it is not exactly one JSON value in UTF-8
 */
export function readRow(line: Uint8Array, fields: readonly FieldPath[]): Row {
  try {
    const text = jsonText(line);
    const from = skipSpace(text.view, 0, text.end);
    const tokens = fields.map((): string | undefined => undefined);
    const end = readValue(text, from, wantedNames(fields), tokens);
    skipRest(text, end);
    return { bytes: withoutBreaks(line.subarray(from, end), hasBreaks(text.bytes)), tokens };
  } catch (error) {
    throw error instanceof JsonFault ? lineCorrupt(line, error) : error;
  }
}

/** Reads one line of the object at `path`. @throws ConvlakeError `object-corrupt` naming it and what to do */
export function readRowOf(path: string, line: Uint8Array, fields: readonly FieldPath[]): Row {
  try {
    return readRow(line, fields);
  } catch (cause) {
    throw new ConvlakeError(
      'object-corrupt',
      'stop-stream',
      `${path} holds a line that is not one JSON value. It is left as it is; ${readAgain(path)}`,
      { cause },
    );
  }
}

function lineCorrupt(line: Uint8Array, fault: JsonFault): ConvlakeError {
  const message = `a line of ${line.length} bytes is not a row: expected ${fault.expected} at its byte ${fault.at}`;
  return new ConvlakeError('object-corrupt', 'stop-stream', message);
}
