import { listDefinition } from '../../../contract/streams.ts';
import { fieldsToRead, scalarText } from '../../engine/rows/row.ts';
import type { Budget, DetailDialect, Dialect, DialectSettings, Row, Source } from '../../engine/source.ts';
import { isObject } from '../envelope.ts';
import { wholeNumber } from '../headers/rate-limit.ts';
import { vendorNow } from '../headers/vendor-now.ts';
import { joinedMessage } from '../joined-message.ts';
import { firstStep } from './bookmark.ts';
import { ROWS_UNDER } from './check-response.ts';
import { conversationDetail } from './conversation-details.ts';
import { readPage, type SeenRow } from './read-page.ts';
import { sentences } from './sentences.ts';
import { type Field, requestOf } from './step.ts';
import { timestampOf } from './timestamp.ts';

const MINUTE_MS = 60_000;

/**
 * Salesloft's lists: a walk by key, since `updated_at` with page numbers skips a row whenever an earlier one is
 * updated meanwhile, and page numbers beyond 100 cost up to 30 points each. For transcriptions the vendor documents no
 * `sort_direction`, though a tap in production sends it; its echo shows whether it was applied, and without it the walk stops.
 */
export const salesloft: Source = { dialect: salesloftDialect, details: salesloftDetails, budget, errorMessage };

function salesloftDetails(settings: DialectSettings): DetailDialect {
  const isOfSentences = settings.definition.stream === 'salesloft.transcript_sentences';
  return isOfSentences ? sentences(settings) : conversationDetail(settings);
}

function salesloftDialect({ definition, pageSize, purpose }: DialectSettings): Dialect {
  const fields: readonly Field[] = purpose === 'backfill' ? ['created_at'] : ['updated_at', 'created_at'];
  const look = rowReader(definition, fields);
  return {
    rowsUnder: ROWS_UNDER,
    firstPage: (span, bookmark) =>
      requestOf(
        firstStep({ stream: definition.stream, fields, perPage: pageSize, to: span.to * 1000 }, span, bookmark),
      ),
    readPage: (request, page) => readPage(request, page, look),
  };
}

/** Reads of a row what the walk goes by. A row without an id is known by its bytes. */
function rowReader(definition: DialectSettings['definition'], fields: readonly Field[]): (row: Row) => SeenRow {
  const names = fieldsToRead(listDefinition(definition)).map((path) => path.join('.'));
  const id = names.indexOf('id');
  const version = names.indexOf('updated_at');
  const instants = fields.map((field) => names.indexOf(field));
  const text = new TextDecoder();
  return (row) => ({
    row,
    id: scalarText(row.tokens[id]) ?? text.decode(row.bytes),
    version: row.tokens[version] ?? '',
    instants: instants.map((index) => timestampOf(row.tokens[index])),
  });
}

/** Under which a limit has been seen; the vendor documents no such header. */
const LIMITS = ['x-ratelimit-limit-minute', 'x-ratelimit-limit-per-minute'];

/**
 * `x-ratelimit-remaining-minute` counts a whole team's points down to the vendor's next clock minute, which its `Date` header tells.
 * How many a team has is the vendor's to say: 600 unless it was raised or lowered.
 */
function budget(headers: Readonly<Record<string, string>>, now: number): Budget | undefined {
  const remaining = wholeNumber(headers['x-ratelimit-remaining-minute']);
  if (remaining === undefined) return undefined;
  const cost = wholeNumber(headers['x-ratelimit-endpoint-cost']);
  const limit = LIMITS.map((name) => wholeNumber(headers[name])).find((number) => number !== undefined);
  const vendorMs = vendorNow(headers, now);
  // Added to our own clock, so that a difference between the two clocks does not cost a minute, or a refusal.
  const resetsAt = now + MINUTE_MS - (vendorMs % MINUTE_MS);
  return { remaining, limit, resetsAt, period: Math.floor(vendorMs / MINUTE_MS), ...(cost !== undefined && { cost }) };
}

/** Errors are `{error}`, or of a 422 `{errors: {field: [messages]}}`. */
function errorMessage(body: unknown): string | undefined {
  if (!isObject(body)) return undefined;
  const { error, errors } = body;
  const byField = isObject(errors) ? Object.entries(errors).map(([field, texts]) => fieldMessage(field, texts)) : [];
  return joinedMessage([error, ...byField]);
}

function fieldMessage(field: string, texts: unknown): string | undefined {
  const messages = [texts].flat().filter((text) => typeof text === 'string');
  return messages.length > 0 ? `${field}: ${messages.join(', ')}` : undefined;
}
