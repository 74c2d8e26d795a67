import { ConvlakeError } from '../engine/errors.ts';

/** A parsed JSON object whose fields are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** True for a JSON object, which neither null nor an array is. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A page's envelope and the stream it belongs to: what every check below needs for its message. */
export interface Envelope {
  readonly stream: string;
  readonly value: unknown;
}

/**
 * The error for an envelope of another shape: names the stream, the path in the envelope, what should be there and what is.
 * The excerpt is of the envelope alone; filled arrays are left out of it, since a row might hide in one, and cursors.
 */
export function unexpected(envelope: Envelope, path: string, wanted: string, seen: unknown): ConvlakeError {
  return new ConvlakeError(
    'body-unexpected',
    'stop-stream',
    `${envelope.stream}: ${path} of the response should be ${wanted} but is ${typeName(seen)}. The envelope begins ` +
      `${excerpt(envelope.value)}. Nothing of this page was taken; see whether the vendor changed this API.`,
  );
}

/** The error for a response that shows that the vendor did not apply what was asked, which would lose rows in silence. */
export function ignored(envelope: Envelope, what: string): ConvlakeError {
  return new ConvlakeError(
    'filter-ignored',
    'stop-stream',
    `${envelope.stream}: ${what}. The envelope begins ${excerpt(envelope.value)}. ` +
      'To go on would lose rows in silence; see whether the vendor changed or renamed its parameters.',
  );
}

/** The envelope as an object. @throws ConvlakeError `body-unexpected` */
export function envelopeObject(envelope: Envelope): JsonObject {
  if (!isObject(envelope.value)) throw unexpected(envelope, 'the top level', 'an object', envelope.value);
  return envelope.value;
}

/**
 * Refuses null in the place of the rows (dlt-hub/dlt issue 2932) unless the envelope says the end itself: then it counts as no
 * rows, as some languages print an empty list. @throws ConvlakeError `body-unexpected`
 */
export function refuseNullRows(envelope: Envelope, rowsUnder: readonly string[], endIsSaid: boolean): void {
  const fields = envelopeObject(envelope);
  const name = rowsUnder.find((under) => fields[under] === null);
  if (name === undefined || endIsSaid || rowsUnder.some((under) => Array.isArray(fields[under]))) return;
  throw unexpected(envelope, name, 'a list, for the response does not say that it is the last', null);
}

/** A field that must be an object; `path` says where it lies. @throws ConvlakeError `body-unexpected` */
export function objectAt(envelope: Envelope, path: string, value: unknown): JsonObject {
  if (!isObject(value)) throw unexpected(envelope, path, 'an object', value);
  return value;
}

/** At most 120 printable ASCII characters of the envelope, without cursors and long opaque texts, which may be secrets. */
function excerpt(envelope: unknown): string {
  return printable(JSON.stringify(outline(envelope, 3)) ?? 'nothing', 120);
}

/** The value to a depth (a hostile one may be nested deeper than the stack is), and so wide that an excerpt has enough of it. */
function outline(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return value.length > 0 ? ['...'] : value;
  if (typeof value === 'string') return OPAQUE.test(value) ? '...' : value.slice(0, 200);
  if (!isObject(value)) return value;
  const fields = Object.entries(value).slice(0, depth > 0 ? 20 : 0);
  return Object.fromEntries(
    fields.map(([name, inner]) => [
      name.slice(0, 200),
      typeof inner === 'string' && inner !== '' && CURSOR_NAME.test(name) ? '...' : outline(inner, depth - 1),
    ]),
  );
}

/** Names of fields that lead on in a list. */
const CURSOR_NAME = /cursor|next|token/i;
/** Errors of vendors are cut by the same measure (functions/http/page/safe-vendor-message.ts). */
const OPAQUE = /\S{40}/;

/** The text with everything but printable ASCII replaced, cut to a length. */
function printable(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/[^\x20-\x7e]/g, '?');
}

function typeName(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value === '') return 'an empty string';
  if (typeof value === 'number' || typeof value === 'boolean') return `the ${typeof value} ${value}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
