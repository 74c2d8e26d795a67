import { describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import type { PageRequest } from '../../../../functions/engine/source.ts';
import { sources } from '../../../../functions/sources/index.ts';
import { pageOf } from '../../../support/vendor/page-of.ts';

const definition = streamDefinition('salesloft.conversations');
const span = { from: Date.UTC(2026, 0, 2), to: Date.UTC(2026, 0, 3) };
const live = sources.salesloft.dialect({ definition, pageSize: 2, purpose: 'live' });
const backfill = sources.salesloft.dialect({ definition, pageSize: 2, purpose: 'backfill' });
const first = live.firstPage(span);

const order = { sort_direction: 'asc', per_page: '2', page: '1' };
const read = (body: unknown, request = first, dialect = live) => dialect.readPage(request, pageOf(definition, body));

function row(id: string, updatedAt: string | null, createdAt: string | null = '2026-01-01T00:00:00.000Z') {
  return { id, title: 'secret', created_at: createdAt, updated_at: updatedAt };
}

interface Echo {
  readonly sortBy?: string;
  readonly direction?: string;
  readonly filtering?: unknown;
  readonly paging?: Readonly<Record<string, unknown>>;
}

/** A recorded answer; what is not given is as it should be for a page by updated_at. */
function answer(data: readonly unknown[], { sortBy, direction, filtering, paging }: Echo = {}) {
  return {
    metadata: {
      filtering: filtering ?? { updated_at: { gte: '2026-01-02T00:00:00.000000Z' }, created_at: {} },
      paging: { per_page: 2, current_page: 1, next_page: null, prev_page: null, ...paging },
      sorting: { sort_by: sortBy ?? 'updated_at', sort_direction: direction ?? 'ASC NULLS FIRST' },
    },
    data,
  };
}

/** The ids of the rows, and the query of the next request. */
function outcome(body: unknown, request?: PageRequest, dialect?: typeof live) {
  const { rows, next, bookmark } = read(body, request, dialect);
  const ids = rows.map(({ bytes }) => (JSON.parse(new TextDecoder().decode(bytes)) as { id: string }).id);
  return { ids, query: next?.query, next, bookmark };
}

describe('the list of transcriptions', () => {
  const transcriptions = streamDefinition('salesloft.transcriptions');
  const dialect = sources.salesloft.dialect({ definition: transcriptions, pageSize: 2, purpose: 'live' });

  test('is asked for like that of conversations, with the sort direction', () => {
    expect(dialect.firstPage(span).query).toEqual(first.query);
  });

  test('fails where the echo shows that the direction, undocumented for it, was not applied', () => {
    const page = pageOf(transcriptions, answer([], { direction: 'DESC NULLS LAST' }));
    const reading = () => dialect.readPage(dialect.firstPage(span), page);

    expect(reading).toThrow(expect.objectContaining({ code: 'filter-ignored', recovery: 'stop-stream' }));
    expect(reading).toThrow(/^salesloft\.transcriptions: asked for sort_direction=asc/);
  });
});

describe('the first request', () => {
  const tiedAt = '2026-01-02T05:00:00.999-04:00';

  test('of a live walk begins at the span, in microseconds, and has no upper end', () => {
    expect(first.query).toEqual({ sort_by: 'updated_at', ...order, 'updated_at[gte]': '2026-01-02T00:00:00.000000Z' });
    expect(first.carriesCursor).toBe(false);
  });

  test('of a backfill goes by created_at', () => {
    const { query } = backfill.firstPage(span);

    expect(query).toEqual({ sort_by: 'created_at', ...order, 'created_at[gte]': '2026-01-02T00:00:00.000000Z' });
  });

  test('resumes at a bookmark with the very text of it', () => {
    const { query } = live.firstPage(span, { at: '2026-01-02T05:00:00.123-04:00' });

    expect(query['updated_at[gte]']).toBe('2026-01-02T05:00:00.123-04:00');
  });

  test('resumes inside an instant that many rows share', () => {
    const tied = { createdFrom: '2025-01-01T00:00:00Z', until: '2026-01-02T09:00:01.001Z' };
    const bookmark = { at: '2026-01-02T05:00:00.999-04:00', tied };

    expect(live.firstPage(span, bookmark).query).toEqual({
      sort_by: 'created_at',
      ...order,
      'updated_at[gte]': '2026-01-02T05:00:00.999-04:00',
      'updated_at[lt]': '2026-01-02T09:00:01.001Z',
      'created_at[gte]': '2025-01-01T00:00:00Z',
    });
  });

  test('resumes at the first row of such an instant without a bound, which rows without a created_at do not satisfy', () => {
    const { query } = live.firstPage(span, {
      at: '2026-01-02T09:00:00.998Z',
      tied: { until: '2026-01-02T09:00:01.000Z' },
    });

    expect(query).toEqual({
      sort_by: 'created_at',
      ...order,
      'updated_at[gte]': '2026-01-02T09:00:00.998Z',
      'updated_at[lt]': '2026-01-02T09:00:01.000Z',
    });
  });

  test('resumes at a bookmark from before November 2026, whose instant was printed in one way or another', () => {
    const bookmark = { at: '2026-01-02T05:00:00.999-04:00', tied: { createdFrom: '2025-01-01T00:00:00Z' } };

    expect(live.firstPage(span, bookmark).query).toMatchObject({
      'updated_at[gte]': '2026-01-02T09:00:00.998Z',
      'updated_at[lt]': '2026-01-02T09:00:01.000Z',
    });
  });

  test.each([
    [{ at: 'yesterday' }, /not a time with an offset; rewind the stream/],
    [{ at: tiedAt, tied: { createdFrom: 'yesterday' } }, /not a time with an offset; rewind the stream/],
    [{ at: tiedAt, tied: { from: tiedAt } }, /createdFrom and until, not from; rewind the stream/],
    [
      { at: tiedAt, tied: { createdFrom: tiedAt, more: '1' } },
      /createdFrom and until, not createdFrom, more; rewind the stream/,
    ],
    [{ at: tiedAt, tied: { createdFrom: tiedAt, until: 'soon' } }, /not a time with an offset; rewind the stream/],
    [{ at: tiedAt, tied: {} }, /createdFrom and until, not nothing; rewind the stream/],
  ])('fails at the bookmark %j, which is not one of its own, and says what to do', (bookmark, message) => {
    const resume = () => live.firstPage(span, bookmark);

    expect(resume).toThrow(expect.objectContaining({ code: 'checkpoint-unreadable', recovery: 'stop-stream' }));
    expect(resume).toThrow(message);
  });
});

describe('a page by key', () => {
  const [early, late] = ['2026-01-02T01:00:00.100000+01:00', '2026-01-02T00:00:00.200001Z'];
  const before = '2026-01-02T00:00:00.200000Z';

  test('leads on from the first instant that may be printed as its last row is', () => {
    const { query, bookmark } = outcome(answer([row('a', early), row('b', late)], { paging: { next_page: 2 } }));

    expect(query?.['updated_at[gte]']).toBe(before);
    expect(query?.['page']).toBe('1');
    expect(bookmark).toEqual({ at: before });
  });

  test.each([
    ['2026-01-02T02:00:00.250+01:00', '2026-01-02T01:00:00.249Z'],
    ['2026-01-02T01:00:00Z', '2026-01-02T00:59:59Z'],
    ['2026-01-02T01:00Z', '2026-01-02T00:59:00Z'],
    ['2026-01-02 01:00:00.5 +0000', '2026-01-02T01:00:00.4Z'],
    ['2026-01-02T01:00:00.000000Z', '2026-01-02T00:59:59.999999Z'],
  ])('leads on from %s at %s, one unit of its last digit before', (last, bound) => {
    expect(outcome(answer([row('a', '2026-01-02T00:00:00.3Z'), row('b', last)])).query?.['updated_at[gte]']).toBe(
      bound,
    );
  });

  test('leads on from the row that says most, where others have fewer digits', () => {
    const rows = [row('a', early), row('b', '2026-01-02T00:00:00.900Z'), row('c', '2026-01-02T00:00:01Z')];

    expect(outcome(answer(rows, { paging: { per_page: 3 } })).query?.['updated_at[gte]']).toBe(
      '2026-01-02T00:00:00.899Z',
    );
  });

  test('is followed by another when it is full, though no next page is named', () => {
    expect(outcome(answer([row('a', early), row('b', late)])).next).toBeDefined();
  });

  test('is followed by another when it is short and names a next page', () => {
    const body = answer([row('a', early), row('b', late)], { paging: { per_page: 3, next_page: 2 } });

    expect(outcome(body).query?.['updated_at[gte]']).toBe(before);
  });

  test('is full by the echoed length, which the vendor may have lowered', () => {
    const dialect = sources.salesloft.dialect({ definition, pageSize: 100, purpose: 'live' });

    expect(outcome(answer([row('a', early), row('b', late)]), dialect.firstPage(span), dialect).next).toBeDefined();
  });

  test('is the last when it is short and names no next page', () => {
    const { next, bookmark } = outcome(answer([row('a', early)]));

    expect(next).toBeUndefined();
    expect(bookmark).toEqual({ at: '2026-01-03T00:00:00.000000Z' });
  });

  test('drops the rows of the bound that the page before handed over, unless they changed', () => {
    const second = outcome(answer([row('a', early), row('b', late)], { paging: { next_page: 2 } })).next;

    expect(outcome(answer([row('b', late), row('c', late)]), second).ids).toEqual(['c']);
    const silently = { ...row('b', late), value: 'changed without a new version' };
    expect(outcome(answer([silently]), second)).toMatchObject({ ids: ['b'], next: undefined });
    expect(outcome(answer([row('b', '2026-01-02T00:00:00.2000010Z')]), second).ids).toEqual(['b']);
  });

  test('ends the walk at the first row that lies past the end of the span however it was rounded', () => {
    const [may, must] = [row('b', '2026-01-03T00:00:00Z'), row('c', '2026-01-03T00:00:01Z')];
    const body = answer([row('a', early), may, must], { paging: { per_page: 3, next_page: 2 } });

    expect(outcome(body)).toMatchObject({ ids: ['a', 'b'], next: undefined });
  });

  test('hands over rows without a readable time, which the walk does not go by', () => {
    const body = answer([row('a', null), row('b', 'soon'), row('c', early)], { paging: { per_page: 9 } });

    expect(outcome(body).ids).toEqual(['a', 'b', 'c']);
  });

  test('fails where no row has a readable time and more are to come', () => {
    expect(() => read(answer([row('a', null), row('b', null)]))).toThrow(
      expect.objectContaining({ code: 'body-unexpected' }),
    );
  });

  test('that is empty and names a next page leads on by number, for a hundred pages, where the count says that rows follow', () => {
    const counted = { next_page: 9, total_count: 1000 };
    let request: PageRequest | undefined = first;
    for (let page = 1; page < 100; page++) {
      request = outcome(answer([], { paging: { ...counted, current_page: page } }), request).next;
      expect(request?.query).toMatchObject({ page: String(page + 1), include_paging_counts: 'true' });
    }

    expect(() => read(answer([], { paging: { ...counted, current_page: 100 } }), request)).toThrow(
      expect.objectContaining({ code: 'paging-stuck', recovery: 'stop-stream' }),
    );
  });
});

describe('a next page that is named behind the last one as well', () => {
  const rows = [row('a', '2026-01-02T00:00:00.1Z'), row('b', '2026-01-02T00:00:00.2Z')];
  const page = (number: number, data: readonly unknown[], count?: number) =>
    answer(data, { paging: { per_page: 9, current_page: number, next_page: number + 1, total_count: count } });
  const second = outcome(page(1, rows)).next;
  const probe = outcome(page(1, rows.slice(1)), second).next;

  test('leads to the next number once a page brings nothing new', () => {
    expect(second?.query['page']).toBe('1');
    expect(probe?.query).toMatchObject({ page: '2', 'updated_at[gte]': '2026-01-02T00:00:00.1Z' });
  });

  test.each([undefined, 1])(
    'ends the walk when that is empty, and page 1 brings nothing new again: counted %s',
    (count) => {
      const last = outcome(page(2, [], count), probe).next;

      expect(last?.query).toEqual(second?.query);
      expect(outcome(page(1, rows.slice(1)), last)).toMatchObject({ ids: [], next: undefined });
      expect(outcome(page(1, [...rows.slice(1), row('c', '2026-01-02T00:00:00.9Z')]), last)).toMatchObject({
        ids: ['c'],
        query: { page: '1', 'updated_at[gte]': '2026-01-02T00:00:00.8Z' },
      });
    },
  );

  test('ends a walk of a list without rows', () => {
    const empty = outcome(page(1, []));

    const again = outcome(page(2, []), empty.next);

    expect([empty, again].map(({ query }) => query?.['page'])).toEqual(['2', '1']);
    expect(outcome(page(1, []), again.next).next).toBeUndefined();
  });

  test('leads back to page 1 from rows behind an empty page: the vendor had returned nothing for a while', () => {
    const empty = outcome(page(1, []));

    const behind = outcome(page(2, [row('c', '2026-01-02T00:00:00.3Z')]), empty.next);

    expect(behind.ids).toEqual([]);
    expect(behind.query?.['page']).toBe('1');
    expect(outcome(page(1, rows), behind.next).ids).toEqual(['a', 'b']);
  });

  test('goes on where the next number holds rows after all', () => {
    const { ids, query } = outcome(page(2, [row('c', '2026-01-02T00:00:00.3Z')]), probe);

    expect(ids).toEqual(['c']);
    expect(query).toMatchObject({ page: '1', 'updated_at[gte]': '2026-01-02T00:00:00.2Z' });
  });
});

describe('an answer that does not say how long a full page is', () => {
  const rows = [row('a', '2026-01-02T00:00:00.1Z'), row('b', '2026-01-02T00:00:00.5Z')];
  const { filtering, sorting } = answer([]).metadata;

  test.each([
    ['a bare array', (data: readonly unknown[]) => data],
    ['one without paging', (data: readonly unknown[]) => ({ metadata: { filtering, sorting }, data })],
  ])('ends with an empty page: %s', (_, body) => {
    const second = outcome(body(rows)).next;

    expect(second?.query['updated_at[gte]']).toBe('2026-01-02T00:00:00.4Z');
    expect(outcome(body([]), second)).toMatchObject({ ids: [], next: undefined });
    expect(outcome(body([])).next).toBeUndefined();
    // Rows that were seen may fill the page, and others share their instant.
    expect(outcome(body(rows.slice(1)), second)).toMatchObject({ ids: [], next: { query: { sort_by: 'created_at' } } });
  });
});

describe('an instant that a whole page shares', () => {
  const tied = '2026-01-02T05:00:00.792-04:00';
  const [older, newer] = ['2025-06-01T00:00:00.100Z', '2025-06-01T00:00:00.200Z'];
  const ofTie = { 'updated_at[gte]': '2026-01-02T09:00:00.791Z', 'updated_at[lt]': '2026-01-02T09:00:00.793Z' };
  const at = ofTie['updated_at[gte]'];
  const until = ofTie['updated_at[lt]'];
  const byCreation = { sortBy: 'created_at', paging: { next_page: 2 } };
  const entered = outcome(answer([row('a', tied, older), row('b', tied, newer)], { paging: { next_page: 2 } }));

  test('is read by itself, by creation', () => {
    expect(entered.query).toEqual({ sort_by: 'created_at', ...order, ...ofTie });
    expect(entered.bookmark).toEqual({ at, tied: { until } });
  });

  test('goes on from the last creation', () => {
    const { query, bookmark } = outcome(
      answer([row('a', tied, older), row('c', tied, newer)], byCreation),
      entered.next,
    );

    expect(query).toEqual({ sort_by: 'created_at', ...order, ...ofTie, 'created_at[gte]': '2025-06-01T00:00:00.199Z' });
    expect(bookmark).toEqual({ at, tied: { createdFrom: '2025-06-01T00:00:00.199Z', until } });
  });

  test('is left for the next one when it has been read', () => {
    const { query, bookmark } = outcome(answer([row('a', tied, older)], { sortBy: 'created_at' }), entered.next);

    expect(query).toEqual({ sort_by: 'updated_at', ...order, 'updated_at[gte]': '2026-01-02T09:00:00.793Z' });
    expect(bookmark).toEqual({ at: '2026-01-02T09:00:00.793Z' });
  });

  describe('where creations tie as well', () => {
    const from = '2025-06-01T00:00:00.099Z';
    const slice = { ...ofTie, 'created_at[gte]': from, 'created_at[lt]': '2025-06-01T00:00:00.101Z' };
    const numbered = { sort_by: 'created_at', ...order, ...slice, include_paging_counts: 'true' };
    const page = (number: number, next: number | null, ids: readonly string[], count: number | undefined) =>
      answer(
        ids.map((id) => row(id, tied, older)),
        { sortBy: 'created_at', paging: { current_page: number, next_page: next, total_count: count } },
      );
    const start = outcome(page(1, 2, ['a', 'b'], undefined), entered.next);
    const pass = (from: PageRequest | undefined, ids: readonly string[], count?: number) => {
      const second = outcome(page(1, 2, ids.slice(0, 2), count), from).next;
      return outcome(page(2, null, ids.slice(2), count), second);
    };
    const behind = { sort_by: 'created_at', ...order, ...ofTie, 'created_at[gte]': '2025-06-01T00:00:00.101Z' };

    test('is walked by number, pass after pass over the same pages', () => {
      const again = pass(start.next, ['a', 'b', 'c'], 3);

      expect(start.query).toEqual(numbered);
      expect(start.bookmark).toEqual({
        at,
        tied: { createdFrom: from, until, createdUntil: '2025-06-01T00:00:00.101Z', page: '1', found: '0.0' },
      });
      expect(again.query).toEqual(numbered);
      expect(again.next?.state).not.toBe(start.next?.state);
    });

    test('is done when two passes agree with each other', () => {
      const [once, differently] = [
        ['a', 'b', 'c'],
        ['a', 'b', 'd'],
      ];
      const second = pass(pass(start.next, once).next, differently);

      expect(second.query).toEqual(numbered);
      expect(pass(second.next, differently).query).toEqual(behind);
    });

    test('is not done when two passes saw the same rows, but fewer than are counted', () => {
      const second = pass(pass(start.next, ['a', 'b', 'b'], 3).next, ['a', 'b', 'b'], 3);

      expect(second.query).toEqual(numbered);
      expect(pass(second.next, ['a', 'b', 'c'], 3).query).toEqual(behind);
    });

    test('is done when all passes together saw as many rows as are counted, whatever their order', () => {
      const second = pass(pass(start.next, ['a', 'b', 'a'], 3).next, ['c', 'b', 'c'], 3);

      expect(second.query).toEqual(behind);
    });

    test('is not done when the rows that make up the count include one that has left', () => {
      const second = pass(pass(start.next, ['a', 'b', 'c'], 4).next, ['b', 'c', 'c'], 3);

      expect(second.query).toEqual(numbered);
    });
  });

  test('is walked by number at once in a backfill, which has no second field', () => {
    const tie = { sortBy: 'created_at', paging: { next_page: 2 } };
    const created = '2026-01-02T08:00:00Z';

    const { query } = outcome(
      answer([row('a', tied, created), row('b', tied, created)], tie),
      backfill.firstPage(span),
      backfill,
    );

    expect(query).toEqual({
      sort_by: 'created_at',
      ...order,
      'created_at[gte]': '2026-01-02T07:59:59Z',
      'created_at[lt]': '2026-01-02T08:00:01Z',
      include_paging_counts: 'true',
    });
  });
});

describe('an answer that was not sorted or filtered as asked', () => {
  const at = '2026-01-02T00:00:00.500Z';

  test.each([
    ['another sort', answer([], { sortBy: 'created_at' })],
    ['another direction', answer([], { direction: 'DESC NULLS LAST' })],
    ['no filter', answer([], { filtering: {} })],
    ['another filter', answer([], { filtering: { created_at: {} } })],
    ['another page', answer([], { paging: { current_page: 2 } })],
    ['a row below the bound', answer([row('a', '2026-01-01T23:59:59.999999Z')])],
    ['rows that descend', answer([row('a', at), row('b', '2026-01-02T00:00:00.498Z')])],
  ])('stops the stream: %s', (_, body) => {
    expect(() => read(body)).toThrow(
      expect.objectContaining({
        code: 'filter-ignored',
        recovery: 'stop-stream',
        message: expect.not.stringContaining('secret'),
      }),
    );
  });

  test('stops the stream inside a tie: a row outside it', () => {
    const tie = live.firstPage(span, { at, tied: { createdFrom: '2025-01-01T00:00:00Z' } });

    expect(() => read(answer([row('a', '2026-01-02T00:00:00.502Z')], { sortBy: 'created_at' }), tie)).toThrow(
      /row 1 lies outside the updated_at asked for/,
    );
    expect(() => read(answer([row('a', at)], { sortBy: 'created_at' }), tie)).not.toThrow();
  });

  test('is told from digits that were cut off', () => {
    const request = live.firstPage(span, { at: '2026-01-02T00:00:00.500456Z' });

    expect(() => read(answer([row('a', '2026-01-02T00:00:00.500Z')]), request)).not.toThrow();
    expect(() => read(answer([row('a', '2026-01-02T00:00:00.499Z')]), request)).toThrow(/below/);
  });

  test('is told from an echo in lower case, with its filters by operator', () => {
    expect(() => read(answer([], { direction: 'asc', filtering: { 'updated_at[gte]': at } }))).not.toThrow();
  });
});

test.each([
  ['metadata', { data: [] }],
  ['metadata.sorting', { metadata: {}, data: [] }],
  ['metadata.filtering', answer([], { filtering: 'none' })],
  ['metadata.paging', { metadata: { ...answer([]).metadata, paging: 7 }, data: [] }],
  ['metadata.paging.next_page', answer([], { paging: { next_page: 'two' } })],
])('fails where %s is not what it should be', (path, body) => {
  expect(() => read(body)).toThrow(
    expect.objectContaining({
      code: 'body-unexpected',
      message: expect.stringContaining(`salesloft.conversations: ${path} of the response should be`),
    }),
  );
});

test.each([
  [{ error: 'API rate limit exceeded' }, 'API rate limit exceeded'],
  [{ status: 500, error: 'Internal Server Error' }, 'Internal Server Error'],
  [
    { errors: { sort_by: ['is invalid', 'is missing'], page: 'must be positive', odd: [7] } },
    'sort_by: is invalid, is missing; page: must be positive',
  ],
  [{ errors: [] }, undefined],
  ['<html>', undefined],
])('an error %j reads %j', (body, message) => {
  expect(sources.salesloft.errorMessage(body)).toBe(message);
});

describe('the budget', () => {
  const now = Date.UTC(2026, 0, 2, 10, 0, 42, 700);
  const remaining = { 'x-ratelimit-remaining-minute': '17' };

  test('is full again when the minute of the Date header ends, whatever our own clock says', () => {
    const headers = { ...remaining, date: 'Fri, 02 Jan 2026 10:07:50 GMT' };

    const period = Date.UTC(2026, 0, 2, 10, 7) / 60_000;
    const told = { remaining: 17, limit: undefined, resetsAt: now + 10_000, period };
    expect(sources.salesloft.budget?.(headers, now)).toEqual(told);
  });

  test('has the limit and the cost that headers state, and no limit else', () => {
    const headers = { ...remaining, 'x-ratelimit-endpoint-cost': '3', 'x-ratelimit-limit-minute': '3000' };

    expect(sources.salesloft.budget?.(headers, now)).toMatchObject({ remaining: 17, limit: 3000, cost: 3 });
    expect(sources.salesloft.budget?.(remaining, now)?.limit).toBeUndefined();
    expect(sources.salesloft.budget?.(remaining, now)).not.toHaveProperty('cost');
  });

  test.each([remaining, { ...remaining, date: 'today' }])(
    'goes by our own clock without a Date header: %j',
    (headers) => {
      expect(sources.salesloft.budget?.(headers, now)?.resetsAt).toBe(Date.UTC(2026, 0, 2, 10, 1));
    },
  );

  test.each([{}, { 'x-ratelimit-remaining-minute': 'many' }])('is unknown without a number: %j', (headers) => {
    expect(sources.salesloft.budget?.(headers, now)).toBeUndefined();
  });
});
