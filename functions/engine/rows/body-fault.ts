import { ConvlakeError } from '../errors.ts';
import type { JsonFault } from './json-scanner.ts';
import { UTF_8 } from './json-text.ts';
import { bufferOf } from './lines.ts';

const EXCERPT_LENGTH = 120;

/** From where to where rows, or a detail, reach in a body; -1 for what is not known yet. Says after a fault whether it lay among them. */
export interface VendorSpan {
  from: number;
  to: number;
}

/** The error of a body that is not what it should be; `what` says what it is not. Its message never holds text of a row or a detail. */
export function bodyUnexpected(what: string, body: Uint8Array, fault: JsonFault, span: VendorSpan): ConvlakeError {
  const excerpt = envelopeExcerpt(body, fault, span);
  const seen = `${fault.expected} at byte ${fault.at}${excerpt && `, found: ${excerpt}`}`;
  return new ConvlakeError('body-unexpected', 'retry', `${what}: expected ${seen}`);
}

/**
 * What stands at the fault, where that cannot be text of a row: outside the rows array, and no farther than a bracket, quote or
 * line end, since rows may lie under a name that is not known. A markup page (a proxy's response) holds no rows and is shown as it is.
 */
function envelopeExcerpt(body: Uint8Array, { at, expected }: JsonFault, { from, to }: VendorSpan): string {
  if (expected === UTF_8 || (from >= 0 && to < 0)) return '';
  const found = bufferOf(body).toString('utf8', at, at + 4 * EXCERPT_LENGTH);
  return printable(found.startsWith('<') ? found : (found.split(/[{["\r\n]/, 1)[0] ?? ''));
}

/** At most 120 characters, with a dot for each that does not print. */
export function printable(text: string): string {
  return [...text.slice(0, 2 * EXCERPT_LENGTH)]
    .slice(0, EXCERPT_LENGTH)
    .join('')
    .replace(/[\p{C}\p{Z}]/gu, (c) => (c === ' ' ? c : '.'));
}
