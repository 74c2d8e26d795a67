import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PageRequest } from '../../../../functions/engine/source.ts';
import { pagedDetail, readDetail, readDetailPage, wholeDetail } from '../../../support/vendor/detail-of.ts';

const details = wholeDetail('salesloft.conversation_details');
const sentences = pagedDetail('salesloft.transcript_sentences');
const ID = '7a1d9c0e-53f2-4c1b-8a77-0e6f6b1f2c11';
const NOWHERE = { from: 0, to: 0 };

const fixture = (name: string) => readFileSync(`test/fixtures/salesloft-${name}.json`, 'utf8');
const refused = expect.objectContaining({ code: 'body-unexpected' });
const ignored = expect.objectContaining({ code: 'filter-ignored', recovery: 'stop-stream' });

describe('details of a conversation', () => {
  test('are asked for by its id', () => {
    expect(details.request(ID)).toMatchObject({ query: {}, path: `/v2/conversations/${ID}/extensive`, about: ID });
  });

  test('as documented are what stands under data', () => {
    const body = fixture('conversation_details');
    const { bytes, ...told } = readDetail(details, '3f333df6-90a4-4fda-8dd3-9485d27cee36', body);

    expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual(JSON.parse(body).data);
    expect(told).toEqual({ open: false, incomplete: false, empty: false, erased: false });
  });

  test('may have a number for an id', () => {
    expect(readDetail(details, '77', { data: { id: 77 } })).toMatchObject({ empty: false });
  });

  test.each([
    ['another id', { data: { id: 'other', title: 'secret' } }],
    ['no id', { data: { title: 'secret' } }],
    ['an error', { error: 'secret' }],
    ['an error beside them', { data: { id: ID }, error: 'secret' }],
    ['null', { data: null }],
    ['a list', { data: [{ id: ID }] }],
  ])('fail with %s', (_, body) => {
    const reading = () => readDetail(details, ID, body);

    expect(reading).toThrow(refused);
    expect(reading).not.toThrow(/secret|7a1d9c0e/);
  });
});

interface Paging {
  readonly perPage?: unknown;
  readonly page?: unknown;
  readonly next?: unknown;
}

/** A page of sentences; what is not given is as it should be for the only one. */
function page(texts: readonly string[] | null, { perPage = 100, page = 1, next = null }: Paging = {}, id = ID) {
  return {
    metadata: { filtering: {}, paging: { per_page: perPage, current_page: page, next_page: next, prev_page: null } },
    data: texts === null ? null : texts.map((text, index) => ({ id, start_time: index, end_time: index + 0.5, text })),
  };
}

/** The texts of the sentences, and the request that follows. */
function outcome(body: unknown, request?: PageRequest) {
  const { rows, next } = readDetailPage(sentences, ID, body, request);
  const texts = rows.map(({ bytes }) => (JSON.parse(new TextDecoder().decode(bytes)) as { text: string }).text);
  return { texts, next };
}

describe('sentences of a transcription', () => {
  test('are asked for by its id, a hundred at a time, without a count', () => {
    const { query, path, about } = sentences.pages(ID).firstPage(NOWHERE);

    expect({ query, path, about }).toEqual({
      query: { per_page: '100', page: '1' },
      path: `/v2/transcriptions/${ID}/sentences`,
      about: ID,
    });
  });

  test('as documented are the elements of data, in their order', () => {
    const { texts, next } = outcome(fixture('transcript_sentences'));

    expect(texts).toEqual(['Thanks for joining today.', 'Glad to be here.']);
    expect(next).toBeUndefined();
  });

  test('have a next page for as long as the vendor names one, however short this one is', () => {
    const first = outcome(page(['a'], { next: 2 }));
    const second = outcome(page(['b'], { page: 2, next: 3 }), first.next);
    const third = outcome(page([], { page: 3, next: null }), second.next);

    expect(first.next).toMatchObject({ query: { per_page: '100', page: '2' }, about: ID });
    expect(first.next?.path).toBe(`/v2/transcriptions/${ID}/sentences`);
    expect(second.next?.state).not.toBe(first.next?.state);
    expect([second.texts, third.texts, third.next]).toEqual([['b'], [], undefined]);
  });

  test('end where no next page is named, though this one is full', () => {
    expect(outcome(page(Array.from({ length: 100 }, String))).next).toBeUndefined();
  });

  test('go on behind an empty page that names a next one, and end behind two', () => {
    const first = outcome(page([], { next: 2 }));
    const behind = outcome(page(['late'], { page: 2, next: 3 }), first.next);
    const second = outcome(page([], { page: 2, next: 3 }), first.next);

    expect(behind.next?.query['page']).toBe('3');
    expect(second.next).toBeUndefined();
  });

  test('may be none, of a transcription that is not ready', () => {
    expect(outcome(page([]))).toEqual({ texts: [], next: undefined });
    expect(outcome(page(null))).toEqual({ texts: [], next: undefined });
  });

  test.each([
    ['another length of pages', page([], { perPage: 25 })],
    ['no length', { metadata: { paging: { current_page: 1, next_page: null } }, data: [] }],
    ['another page', page([], { page: 2 })],
    ['no page', { metadata: { paging: { per_page: 100, next_page: null } }, data: [] }],
  ])('fail where the echo shows %s: sentences would be missing in silence', (_, body) => {
    expect(() => outcome(body)).toThrow(ignored);
  });

  test.each([
    ['no metadata', { data: [] }],
    ['no paging', { metadata: {}, data: [] }],
    ['a next page that is a text', page([], { next: '2' })],
    ['a next page that leaves one out', page([], { next: 3 })],
    ['no word of a next page', { metadata: { paging: { per_page: 100, current_page: 1 } }, data: [] }],
    ['null for rows, and a next page', page(null, { next: 2 })],
    ['an error', { error: 'secret', data: [] }],
    ['an error beside them', { ...page(['secret']), error: 'secret' }],
    ['the sentences of another transcription', page(['secret'], {}, 'other')],
  ])('fail with %s', (_, body) => {
    const reading = () => outcome(body);

    expect(reading).toThrow(refused);
    expect(reading).toThrow(/^salesloft\.transcript_sentences: /);
    expect(reading).not.toThrow(/secret|7a1d9c0e/);
  });

  test('with ids of their own prove nothing, and are taken', () => {
    const data = [
      { id: 's-1', text: 'a' },
      { id: 's-2', text: 'b' },
    ];

    expect(outcome({ ...page([]), data }).texts).toEqual(['a', 'b']);
  });
});
