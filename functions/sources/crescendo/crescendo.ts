import { isoInstant } from '../../../contract/instant.ts';
import type { Dialect, DialectSettings, PageRequest, Source, Span } from '../../engine/source.ts';
import { type Envelope, envelopeObject, isObject, objectAt, refuseNullRows, unexpected } from '../envelope.ts';
import { joinedMessage } from '../joined-message.ts';
import { refuseToldError, type SafeCodes } from '../told-error.ts';

const ROWS_UNDER = ['data'];
/** Of its documented errors. */
const SAFE_CODES: SafeCodes = new Set(['BadRequest', 'Unauthenticated', 'PermissionDenied', 'NotFound', 'Unavailable']);
const FIRST_STATE = 'first page';
/** Its documented 503 names Elasticsearch, whose totals stop here unless it is asked to count on. */
const TOTAL_CAP = 10_000;

/**
 * Crescendo's reporting API: both ends of the span on the first request, then nothing but the cursor and the limit.
 * Its error bodies are `{code, message}`, of a 500 `{message}`; it documents neither a budget nor headers that tell one.
 */
export const crescendo: Source = {
  dialect: crescendoDialect,
  errorMessage: (body) => (isObject(body) ? joinedMessage([body['message']]) : undefined),
};

function crescendoDialect({ definition, pageSize }: DialectSettings): Dialect {
  const limit = String(pageSize);
  return {
    rowsUnder: ROWS_UNDER,
    totalCap: TOTAL_CAP,
    firstPage: (span) => ({ query: { ...ends(span), limit }, state: FIRST_STATE, carriesCursor: false }),
    readPage(request, page) {
      const envelope = { stream: definition.stream, value: page.envelope };
      const fields = envelopeObject(envelope);
      refuseToldError(envelope, fields, page.rows.length, SAFE_CODES);
      const next = nextPage(envelope, fields['cursor'], limit);
      // Later totals drift with what happens meanwhile; the first belongs to the span as it was asked for.
      const total = request.state === FIRST_STATE ? totalOf(envelope, fields['total']) : undefined;
      refuseNullRows(envelope, ROWS_UNDER, next === undefined && (total ?? 0) === 0);
      return { rows: page.rows, next, ...(total !== undefined && { total }) };
    },
  };
}

/**
 * Both ends are always sent: without `from` the vendor reads the last day, and without `to` up to a now that moves.
 * Whether `from` includes its own instant is not documented, so it is asked one millisecond early.
 */
function ends(span: Span): { from: string; to: string } {
  return { from: isoInstant(span.from - 1), to: isoInstant(span.to) };
}

/** `cursor` and its `next` are required keys; only null, or an empty text, says that this was the last page. */
function nextPage(envelope: Envelope, cursor: unknown, limit: string): PageRequest | undefined {
  const next = objectAt(envelope, 'cursor', cursor)['next'];
  if (next === null || next === '') return undefined;
  if (typeof next !== 'string') throw unexpected(envelope, 'cursor.next', 'a string or null', next);
  return { query: { cursor: next, limit }, state: `cursor ${next}`, carriesCursor: true };
}

function totalOf(envelope: Envelope, total: unknown): number {
  if (typeof total !== 'number' || !Number.isInteger(total) || total < 0) {
    throw unexpected(envelope, 'total', 'a whole number', total);
  }
  return total;
}
