import { isoInstant } from '../../../contract/instant.ts';
import type { Dialect, DialectSettings, PageRequest, Source, Span } from '../../engine/source.ts';
import { type Answer, envelopeObject, isObject, objectAt, unexpected } from '../envelope.ts';
import { vendorMessage } from '../vendor-message.ts';

const firstState = 'first page';

/**
 * Crescendo's reporting API: both ends of the span on the first request, then nothing but the cursor and the limit.
 * Its error bodies are `{code, message}`, of a 500 `{message}`; it documents neither a budget nor headers that tell one.
 */
export const crescendo: Source = {
  dialect: crescendoDialect,
  errorMessage: (body) => (isObject(body) ? vendorMessage([body['message']]) : undefined),
};

function crescendoDialect({ definition, pageSize }: DialectSettings): Dialect {
  const limit = String(pageSize);
  return {
    firstPage: (span) => ({ query: { ...ends(span), limit }, state: firstState, carriesCursor: false }),
    readPage(request, { envelope, rows }) {
      const answer = { stream: definition.stream, envelope };
      const fields = envelopeObject(answer);
      const next = nextPage(answer, fields['cursor'], limit);
      // Later totals drift with what happens meanwhile; the first belongs to the span as it was asked for.
      return request.state === firstState ? { rows, next, total: totalOf(answer, fields['total']) } : { rows, next };
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
function nextPage(answer: Answer, cursor: unknown, limit: string): PageRequest | undefined {
  const next = objectAt(answer, 'cursor', cursor)['next'];
  if (next === null || next === '') return undefined;
  if (typeof next !== 'string') throw unexpected(answer, 'cursor.next', 'a string or null', next);
  return { query: { cursor: next, limit }, state: `cursor ${next}`, carriesCursor: true };
}

function totalOf(answer: Answer, total: unknown): number {
  if (typeof total !== 'number' || !Number.isInteger(total) || total < 0) {
    throw unexpected(answer, 'total', 'a whole number', total);
  }
  return total;
}
