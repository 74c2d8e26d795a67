import type { Dialect, DialectSettings, PageRequest, Span } from '../engine/source.ts';
import { type Envelope, envelopeObject, isObject, type JsonObject, refuseNullRows, unexpected } from './envelope.ts';
import { refuseToldError, type SafeCodes } from './told-error.ts';

/** What an API must say for a list of calls to end: `has_more: false` and nothing else, or an empty cursor as well. */
export type EndSign = 'has_more' | 'has_more or cursor';

/** Voiceable's name for the rows array, and that of ElevenLabs. */
const ROWS_UNDER = ['data', 'conversations'];

/** Voiceable's name for the next page's cursor, and that of ElevenLabs, whose envelope Voiceable may hand through. */
const CURSOR_NAMES = ['cursor', 'next_cursor'] as const;

/**
 * The dialect of a call history, which ElevenLabs and the APIs built upon it share: calls filtered by their start in whole
 * seconds, and a cursor that gets the same filters again, since what a cursor remembers is not documented. Nor is whether
 * "after" and "up to" include their own second, so the span begins a second early.
 * An empty page with a cursor goes on: a wrapper narrows its upstream's pages to one caller's agents.
 */
export function callHistoryDialect(
  { definition, pageSize }: DialectSettings,
  endSign: EndSign,
  lists?: NonNullable<PageRequest['lists']>,
): Dialect {
  return {
    rowsUnder: ROWS_UNDER,
    firstPage: (span) => ({
      query: { ...startsWithin(span), page_size: String(pageSize), summary_mode: 'include' },
      ...(lists && { lists }),
      state: 'first page',
      carriesCursor: false,
    }),
    readPage: (request, { envelope, rows }) => {
      const cursor = nextCursor({ stream: definition.stream, value: envelope }, rows.length, endSign);
      return { rows, next: cursor === undefined ? undefined : withCursor(request, cursor) };
    },
  };
}

function startsWithin(span: Span): Readonly<Record<string, string>> {
  return {
    call_start_after_unix: String(Math.floor(span.from / 1000) - 1),
    call_start_before_unix: String(Math.ceil(span.to / 1000)),
  };
}

function withCursor(request: PageRequest, cursor: string): PageRequest {
  return { ...request, query: { ...request.query, cursor }, state: `cursor ${cursor}`, carriesCursor: true };
}

/** The cursor of the page that follows; undefined where the vendor says that none does. */
function nextCursor(envelope: Envelope, rows: number, endSign: EndSign): string | undefined {
  const fields = envelopeObject(envelope);
  refuseToldError(envelope, fields, rows, SAFE_CODES);
  const cursor = cursorOf(envelope, fields);
  const hasMore = fields['has_more'] ?? undefined;

  if (hasMore === undefined ? endSign === 'has_more' : typeof hasMore !== 'boolean') {
    throw unexpected(envelope, 'has_more', 'true or false', fields['has_more']);
  }
  if (hasMore === false) {
    refuseNullRows(envelope, ROWS_UNDER, true);
    return undefined;
  }
  const named = CURSOR_NAMES.some((name) => fields[name] !== undefined);
  refuseNullRows(envelope, ROWS_UNDER, cursor === undefined && named);
  if (cursor === undefined && (hasMore === true || leadsOnOtherwise(fields))) {
    throw unexpected(envelope, CURSOR_NAMES.join(' or '), 'a text where the response promises more', undefined);
  }
  return cursor;
}

/** Undefined for each way to say that there is no cursor: no such key, null, an empty text. */
function cursorOf(envelope: Envelope, fields: JsonObject): string | undefined {
  for (const name of CURSOR_NAMES) {
    const cursor = fields[name];
    if (cursor === undefined || cursor === null || cursor === '') continue;
    if (typeof cursor !== 'string') throw unexpected(envelope, name, 'a string or null', cursor);
    return cursor;
  }
  return undefined;
}

/** True where a cursor stands under a name that is not known, at the top or in an object there: such a list goes on. */
function leadsOnOtherwise(fields: JsonObject): boolean {
  const inner = Object.entries(fields).flatMap(([name, value]) =>
    isObject(value) ? Object.entries(value) : [[name, value] as const],
  );
  return inner.some(([name, value]) => LEADS_ON.test(name) && (value === true || isToken(value)));
}

const LEADS_ON =
  /^(?:(?:next|end|after)_?)?(?:page_?)?(?:cursor|token)$|^next(?:_?(?:page|url|link))?$|^has_?(?:more|next(?:_?page)?)$/i;

function isToken(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || (typeof value === 'number' && value > 0);
}

/** Of ElevenLabs' errors, which Voiceable hands through. */
export const SAFE_CODES: SafeCodes = new Set([
  'concurrent_limit_exceeded',
  'invalid_api_key',
  'quota_exceeded',
  'rate_limit_exceeded',
  'system_busy',
  'too_many_concurrent_requests',
]);

/** The texts of an ElevenLabs error: `detail` is `{message}`, a text, or FastAPI's list of `{loc, msg}`. */
export function detailTexts(detail: unknown): readonly unknown[] {
  if (isObject(detail)) return [detail['message']];
  if (!Array.isArray(detail)) return [detail];
  return detail.filter(isObject).map(placedText);
}

function placedText({ loc, msg }: JsonObject): unknown {
  return Array.isArray(loc) && typeof msg === 'string' ? `${loc.join('.')}: ${msg}` : msg;
}
