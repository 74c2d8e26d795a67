import type { StreamDefinition } from '../../contract/streams.ts';
import { ConvlakeError } from '../engine/errors.ts';
import { scalarText } from '../engine/rows/row.ts';
import type { PageRequest } from '../engine/source.ts';
import { type Envelope, envelopeObject } from './envelope.ts';
import { refuseToldError, type SafeCodes } from './told-error.ts';

/** The request for the detail of an id, at the address that the catalogue has for it. @throws Error for a stream that is not one of details */
export function detailRequest({ stream, details }: StreamDefinition, id: string): PageRequest {
  if (!details) throw new Error(`${stream} has no details`);
  // A lone surrogate has no UTF-8; what is asked for then is another id, which the response gives away.
  const path = details.path.replace('{id}', () => encodeURIComponent(id.toWellFormed()));
  return { query: {}, path, about: id, state: 'detail', carriesCursor: false };
}

/** The error for a body that is not the detail that was asked for. It names no id, and nothing of the body. */
export function notTheDetail(stream: string, what: string): ConvlakeError {
  return new ConvlakeError(
    'body-unexpected',
    'retry',
    `${stream}: the response to a request for one detail ${what}; nothing of it was taken. See whether the vendor changed this API if it stays.`,
  );
}

/** Refuses the detail of another id. Each token is one under which the vendor may write it. @throws ConvlakeError `body-unexpected` */
export function refuseOtherId(stream: string, id: string, tokens: readonly (string | undefined)[]): void {
  const ids = tokens.map(scalarText).filter((text) => text !== undefined);
  if (ids.length === 0) throw notTheDetail(stream, 'does not say whose detail it is');
  if (!ids.includes(id)) throw notTheDetail(stream, 'is that of another id');
}

/** Refuses an envelope that tells an error beside a detail. @throws ConvlakeError `body-unexpected` */
export function refuseErrorBeside(envelope: Envelope, safe: SafeCodes): void {
  refuseToldError(envelope, envelopeObject(envelope), 1, safe);
}
