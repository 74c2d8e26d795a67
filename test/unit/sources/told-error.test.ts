import { describe, expect, test } from 'vitest';
import { type StreamName, streamDefinition } from '../../../contract/streams.ts';
import { sources } from '../../../functions/sources/index.ts';
import { pageOf } from '../../support/vendor/page-of.ts';

const span = { from: Date.UTC(2026, 0, 2), to: Date.UTC(2026, 0, 3) };
const at = '2026-01-02T10:00:00.000Z';
const sorting = { sort_by: 'updated_at', sort_direction: 'ASC NULLS FIRST' };
const paging = { per_page: 100, current_page: 1, next_page: null, prev_page: null };

/** The last page of a list, with one row, as each vendor writes it. */
const pages = {
  'crescendo.vocconv': { total: 1, cursor: { next: null }, data: [{ ID: 'c-1', DatetimeUTC: at }] },
  'salesloft.conversations': {
    metadata: { filtering: { updated_at: {} }, paging, sorting },
    data: [{ id: 'c-1', created_at: at, updated_at: at }],
  },
  'voiceable.conversations': {
    status: { code: 200, message: 'Success' },
    data: [{ conversation_id: 'c-1', created_at: at }],
    total_count: 1,
    cursor: null,
    has_more: false,
  },
  'elevenlabs.conversations': {
    conversations: [{ conversation_id: 'c-1', start_time_unix_secs: 1767348000 }],
    next_cursor: null,
    has_more: false,
  },
} as const satisfies Partial<Readonly<Record<StreamName, object>>>;

const names = Object.keys(pages) as (keyof typeof pages)[];

function read(stream: keyof typeof pages, body: object) {
  const definition = streamDefinition(stream);
  const dialect = sources[definition.source].dialect({ definition, pageSize: 100, purpose: 'live' });
  return dialect.readPage(dialect.firstPage(span), pageOf(definition, body));
}

/** The same page without its rows. */
function emptied(stream: keyof typeof pages): object {
  const page = pages[stream];
  return 'conversations' in page
    ? { ...page, conversations: [] }
    : { ...page, ...('total' in page && { total: 0 }), data: [] };
}

const told = [
  { detail: { status: 'system_busy', message: 'secret words' } },
  { detail: [{ loc: ['query', 'page_size'], msg: 'secret words' }] },
  { code: 'Unavailable', message: 'secret words' },
  { status: 500, error: 'secret words' },
  { status: { code: 502, message: 'secret words' } },
  { status: { code: '502', message: 'secret words' } },
  { status: { code: 'failed' } },
  { status: 'error' },
  { statusCode: 503 },
  { error: 'secret words' },
  { error: { type: 'x' } },
  { error: true },
  { errors: ['secret words'] },
  { errors: { base: ['secret words'] } },
  { fault: { faultstring: 'secret words' } },
  { errorMessage: 'secret words', errorType: 'TimeoutError' },
  { success: false },
  { ok: false },
  { meta: { errors: [{ title: 'secret words' }] } },
  { __type: 'ThrottlingException' },
];

const notTold = [
  { error: null, errors: [], detail: null, details: null, fault: {} },
  { error: '', errors: {}, detail: ' ', code: 0, status: { code: 200, message: 'Success' } },
  { error: false, success: true, ok: true, code: 200 },
  { errors: { base: [] }, status: { code: '200' }, message: 'OK' },
  { status: 'success', code: 'ok', statusCode: 201, message: 'Success.' },
];

describe.each(names)('%s', (stream) => {
  test.each(told)('takes %j for an error of the page, beside rows and without', (members) => {
    for (const page of [pages[stream], emptied(stream)]) {
      expect(() => read(stream, { ...page, ...members })).toThrow(
        expect.objectContaining({
          code: 'body-unexpected',
          recovery: 'retry',
          message: expect.stringMatching(
            new RegExp(`^${stream}: the response has a status of success but tells an error`),
          ),
        }),
      );
      expect(() => read(stream, { ...page, ...members })).not.toThrow(/secret/);
    }
  });

  test.each(notTold)('takes %j for no error', (members) => {
    expect(read(stream, { ...pages[stream], ...members }).rows).toHaveLength(1);
    expect(read(stream, { ...emptied(stream), ...members }).rows).toHaveLength(0);
  });

  test("takes a gateway's message for an error where there are no rows, and for a remark beside some", () => {
    expect(() => read(stream, { ...emptied(stream), message: 'Endpoint request timed out' })).toThrow(/"message"/);
    expect(read(stream, { ...pages[stream], message: '1 conversation' }).rows).toHaveLength(1);
  });
});

test.each([
  ['elevenlabs.conversations', { detail: { status: 'system_busy' } }, 'system_busy'],
  ['elevenlabs.conversations', { detail: { code: 'rate_limit_exceeded' } }, 'rate_limit_exceeded'],
  ['crescendo.vocconv', { code: 'Unavailable', message: 'x' }, 'Unavailable'],
  ['voiceable.conversations', { status: { code: 502 } }, '502'],
  ['salesloft.conversations', { status: 500, error: 'x' }, '500'],
] as const)('names a code that %s is known to send: %j', (stream, members, code) => {
  expect(() => read(stream, { ...pages[stream], ...members })).toThrow(`(${code})`);
});

describe('null in the place of the rows', () => {
  test('counts as no rows where Crescendo says the end, and counts none', () => {
    expect(read('crescendo.vocconv', { total: 0, cursor: { next: null }, data: null }).rows).toEqual([]);
  });

  test.each([
    { total: 0, cursor: { next: 'abc' }, data: null },
    { total: 3, cursor: { next: null }, data: null },
  ])('is an error of Crescendo: %j', (body) => {
    expect(() => read('crescendo.vocconv', body)).toThrow(expect.objectContaining({ code: 'body-unexpected' }));
  });

  test.each([
    [{ ...paging, next_page: 2 }, 'body-unexpected'],
    [undefined, 'body-unexpected'],
  ])('is an error of Salesloft with the paging %j', (named, code) => {
    const body = { metadata: { filtering: { updated_at: {} }, paging: named, sorting }, data: null };

    expect(() => read('salesloft.conversations', body)).toThrow(expect.objectContaining({ code }));
  });

  test('counts as no rows where Salesloft names no next page', () => {
    const body = { ...pages['salesloft.conversations'], data: null };

    expect(read('salesloft.conversations', body)).toMatchObject({ rows: [], next: undefined });
  });
});
