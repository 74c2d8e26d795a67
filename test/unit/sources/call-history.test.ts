import { describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../contract/streams.ts';
import { sources } from '../../../functions/sources/index.ts';
import { pageOf } from '../../support/vendor/page-of.ts';

const span = { from: Date.UTC(2026, 0, 2), to: Date.UTC(2026, 0, 3) };
const filters = {
  call_start_after_unix: '1767311999',
  call_start_before_unix: '1767398400',
  page_size: '100',
  summary_mode: 'include',
};
const call = { conversation_id: 'c-1', status: 'done', start_time_unix_secs: 1767312000 };
const ok = { code: 200, message: 'Success' };

function readerOf(source: 'voiceable' | 'elevenlabs') {
  const definition = streamDefinition(`${source}.conversations`);
  const dialect = sources[source].dialect({ definition, pageSize: 100, purpose: 'live' });
  const first = dialect.firstPage(span);
  return { first, read: (body: unknown, request = first) => dialect.readPage(request, pageOf(definition, body)) };
}

describe.each(['voiceable', 'elevenlabs'] as const)('%s', (source) => {
  const { first, read } = readerOf(source);

  test('asks for whole seconds, the first a second early, and for summaries', () => {
    expect(first).toEqual({ query: filters, state: 'first page', carriesCursor: false });
  });

  test.each(['cursor', 'next_cursor'])('sends the same filters again with the cursor that %s holds', (name) => {
    const { rows, next } = read({ data: [call], [name]: 'abc', has_more: true });

    expect(rows).toHaveLength(1);
    expect(next).toEqual({ query: { ...filters, cursor: 'abc' }, state: 'cursor abc', carriesCursor: true });
  });

  test('keeps one cursor, the newest, over many pages', () => {
    const second = read({ conversations: [call], next_cursor: 'abc', has_more: true }).next;

    expect(read({ conversations: [call], next_cursor: 'def', has_more: true }, second).next?.query).toEqual({
      ...filters,
      cursor: 'def',
    });
  });

  test('goes on behind an empty page with a cursor', () => {
    expect(read({ conversations: [], next_cursor: 'abc', has_more: true }).next).toBeDefined();
  });

  test('ends where has_more is false, though there is a cursor', () => {
    expect(read({ conversations: [call], next_cursor: 'abc', has_more: false }).next).toBeUndefined();
  });

  test.each([
    ['has_more', { data: [], has_more: 'no' }],
    ['cursor', { data: [], cursor: 7, has_more: true }],
    ['next_cursor', { data: [], next_cursor: {}, has_more: true }],
    ['the top level', []],
  ])('fails where %s is not what it should be', (path, body) => {
    expect(() => read(body)).toThrow(
      expect.objectContaining({
        code: 'body-unexpected',
        recovery: 'stop-stream',
        message: expect.stringContaining(`${source}.conversations: ${path} of the response should be`),
      }),
    );
  });
});

describe.each(['voiceable', 'elevenlabs'] as const)('%s', (source) => {
  const { read } = readerOf(source);

  test.each([
    { cursor: null },
    { next_cursor: '' },
    {},
    { pagination: { cursor: 'abc' } },
    { next_page_cursor: 'abc' },
  ])('takes a promise of more without a cursor for an error: %j', (rest) => {
    expect(() => read({ data: [call], total_count: 250, has_more: true, ...rest })).toThrow(
      expect.objectContaining({ code: 'body-unexpected', message: expect.stringContaining('promises more') }),
    );
  });

  test.each([
    { conversations: null, has_more: false, next_cursor: null },
    { data: null, has_more: false, cursor: 'abc' },
  ])('takes null for no rows where the end is said: %j', (body) => {
    expect(read(body)).toMatchObject({ rows: [], next: undefined });
  });

  test.each([
    { conversations: null, has_more: true, next_cursor: 'abc' },
    { data: null },
    { data: null, total_count: 0 },
  ])('takes null for an error where more may follow: %j', (body) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code: 'body-unexpected' }));
  });
});

describe('the end of a Voiceable list', () => {
  const { read } = readerOf('voiceable');

  test.each([{ cursor: '' }, { cursor: null }, {}, { pagination: { cursor: null } }])('is %j', (end) => {
    expect(read({ status: ok, data: [call], total_count: 9, ...end }).next).toBeUndefined();
  });

  test('is an empty cursor beside null for no rows', () => {
    expect(read({ status: ok, data: null, cursor: null })).toMatchObject({ rows: [], next: undefined });
  });

  test.each([
    { next_page_cursor: 'abc' },
    { pagination: { next: 'abc' } },
    { meta: { has_next_page: true } },
    { pageToken: 'abc' },
  ])('is not a list that goes on under another name: %j', (rest) => {
    expect(() => read({ status: ok, data: [call], ...rest })).toThrow(/promises more/);
  });

  test('is not a missing has_more', () => {
    expect(read({ status: ok, data: [call], total_count: 1, cursor: 'abc' }).next).toBeDefined();
  });

  test('has no total to hold rows against', () => {
    expect(read({ status: ok, data: [call], total_count: 9, cursor: '' })).not.toHaveProperty('total');
  });
});

describe('the end of an ElevenLabs list', () => {
  const { read } = readerOf('elevenlabs');

  test.each([{ next_cursor: null }, { next_cursor: 'abc' }, { next_cursor: 'abc', has_more: null }])(
    'fails without has_more: %j',
    (end) => {
      expect(() => read({ conversations: [call], ...end })).toThrow(/has_more of the response should be true or false/);
    },
  );

  test.each([null, ''])('fails where more is promised and the cursor is %j', (cursor) => {
    expect(() => read({ conversations: [call], next_cursor: cursor, has_more: true })).toThrow(
      expect.objectContaining({ code: 'body-unexpected' }),
    );
  });
});

test('ElevenLabs is asked for the results that the configuration names, with every page', () => {
  const definition = streamDefinition('elevenlabs.conversations');
  const ids = { dataCollectionIds: ['order', 'name'], evaluationCriteriaIds: [] };
  const dialect = sources.elevenlabs.dialect({ definition, pageSize: 100, purpose: 'live', ids });
  const first = dialect.firstPage(span);
  const page = pageOf(definition, { conversations: [call], has_more: true, next_cursor: 'abc' });

  expect(first.lists).toEqual({ data_collection_ids: ['order', 'name'] });
  expect(dialect.readPage(first, page).next).toMatchObject({ query: { cursor: 'abc' }, lists: first.lists });
});

test.each([
  [
    { status: { code: 401, message: 'Authentication required.' }, error: 'unauthorized' },
    'Authentication required.; unauthorized',
  ],
  [{ status: { code: 400, message: 'Bad' }, error: 'Bad', errors: ['page_size', 7, ''] }, 'Bad; page_size'],
  [{ detail: { status: 'invalid_api_key', message: 'Invalid API key' } }, 'Invalid API key'],
  [{ details: {} }, undefined],
  [[], undefined],
])('Voiceable says %j', (body, message) => {
  expect(sources.voiceable.errorMessage(body)).toBe(message);
});

test.each([
  [{ detail: { status: 'system_busy', message: 'Please wait' } }, 'Please wait'],
  [
    { detail: [{ loc: ['query', 'page_size'], msg: 'too large', type: 'x' }, { msg: 'second' }] },
    'query.page_size: too large; second',
  ],
  [{ detail: 'Not Found' }, 'Not Found'],
  [{ detail: [{}] }, undefined],
  [{ detail: null }, undefined],
  [{}, undefined],
])('ElevenLabs says %j', (body, message) => {
  expect(sources.elevenlabs.errorMessage(body)).toBe(message);
});

describe('a budget', () => {
  const now = 1767312000_000;

  test.each([
    ['1767312060', 1767312060_000],
    ['60', now + 60_000],
  ])('is read from the headers of Voiceable, its reset being %s', (reset, resetsAt) => {
    const headers = { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };

    expect(sources.voiceable.budget?.(headers, now)).toEqual({ remaining: 0, limit: 100, resetsAt });
  });

  test.each([
    {},
    { 'x-ratelimit-remaining': '3' },
    { 'x-ratelimit-remaining': 'x', 'x-ratelimit-reset': '1767312060' },
  ])('is unknown to Voiceable where its headers say too little: %j', (headers) => {
    expect(sources.voiceable.budget?.(headers, now)).toBeUndefined();
  });

  test('is unknown to ElevenLabs, which limits concurrency', () => {
    expect(sources.elevenlabs.budget).toBeUndefined();
  });
});
