import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import type { Bookmark, Dialect, PageRequest } from '../../../../functions/engine/source.ts';
import { sources } from '../../../../functions/sources/index.ts';
import { pageOf } from '../../../support/vendor/page-of.ts';
import { type Conversation, type ListOptions, SalesloftList } from '../../../support/vendor/salesloft-list.ts';

const definition = streamDefinition('salesloft.conversations');
const startUs = Date.UTC(2026, 0, 1) * 1000;
const hourUs = 3_600e6;
const span = { from: startUs / 1000, to: (startUs + hourUs) / 1000 };
const exact: ListOptions = { rendering: { digits: 6, offsetMinutes: 0 } };

function dialectOf(pageSize: number, purpose: 'live' | 'backfill' = 'live'): Dialect {
  return sources.salesloft.dialect({ definition, pageSize, purpose });
}

/** What a walk read: of each row the highest revision; how many requests and points it took. */
interface Outcome {
  readonly revisions: Map<string, number>;
  requests: number;
  handedOver: number;
  bookmark: Bookmark | undefined;
  finished: boolean;
}

interface WalkOptions {
  readonly dialect: Dialect;
  readonly bookmark?: Bookmark | undefined;
  /** Happens before each request but the first. */
  readonly meanwhile?: () => void;
  readonly maxRequests?: number;
}

function walk(list: SalesloftList, { dialect, bookmark, meanwhile, maxRequests = 5_000 }: WalkOptions): Outcome {
  const outcome: Outcome = { revisions: new Map(), requests: 0, handedOver: 0, bookmark, finished: false };
  const visited = new Set<string>();
  let request: PageRequest | undefined = dialect.firstPage(span, bookmark);
  while (request && outcome.requests < maxRequests) {
    if (outcome.requests > 0) meanwhile?.();
    if (visited.has(request.state)) throw new Error(`went round in a circle: ${request.state}`);
    visited.add(request.state);
    outcome.requests++;
    const reading = dialect.readPage(request, pageOf(definition, list.respond(request.query)));
    for (const { bytes } of reading.rows) {
      const row = JSON.parse(new TextDecoder().decode(bytes)) as Record<'id' | 'revision', string & number>;
      outcome.revisions.set(row.id, Math.max(row.revision, outcome.revisions.get(row.id) ?? 0));
      outcome.handedOver++;
    }
    outcome.bookmark = reading.bookmark;
    request = reading.next;
  }
  outcome.finished = request === undefined;
  return outcome;
}

/** The rows whose field lies in the span, with their present revision. */
function expected(list: SalesloftList, field: 'updatedUs' | 'createdUs' = 'updatedUs'): Map<string, number> {
  const within = list.rows.filter((row) => row[field] >= startUs && row[field] < startUs + hourUs);
  return new Map(within.map(({ id, revision }) => [id, revision]));
}

function missed(list: SalesloftList, { revisions }: Outcome, field: 'updatedUs' | 'createdUs' = 'updatedUs'): string[] {
  return [...expected(list, field)].filter(([id, revision]) => revisions.get(id) !== revision).map(([id]) => id);
}

/** Rows with ties of all sizes on either time, some outside the span. */
const conversations = fc
  .array(
    fc.record({
      rows: fc.integer({ min: 1, max: 25 }),
      updated: fc.integer({ min: -3, max: 40 }),
      updatedMicros: fc.constantFrom(0, 1, 456, 500, 501, 1_000, 499_999, 500_000, 999_500, 999_999),
      updatedStep: fc.constantFrom(0, 0, 1, 250, 100_000),
      created: fc.integer({ min: -40, max: 3 }),
      createdStep: fc.constantFrom(0, 0, 1, 400, 1_000_000),
    }),
    { maxLength: 14 },
  )
  .map((groups) =>
    groups.flatMap(({ rows, updated, updatedMicros, updatedStep, created, createdStep }, group): Conversation[] =>
      Array.from({ length: rows }, (_, index) => ({
        id: `${group}-${index}`,
        createdUs: startUs + created * 60e6 + index * createdStep,
        updatedUs: startUs + updated * 100e6 + updatedMicros + index * updatedStep,
        revision: 1,
      })),
    ),
  );

const options = fc.record({
  rendering: fc.record({
    digits: fc.constantFrom(0, 3, 6, 'mixed', 'trimmed'),
    offsetMinutes: fc.constantFrom(0, -240, 330),
    rounding: fc.constantFrom('cut', 'half up', 'up'),
  }),
  maxPerPage: fc.constantFrom(3, 100),
  alwaysNamesNext: fc.boolean(),
  envelope: fc.constantFrom(undefined, undefined, 'without paging', 'bare array'),
}) as fc.Arbitrary<ListOptions>;

/** Updates of rows chosen by numbers, each a few seconds after everything that was there before. */
function updates(list: SalesloftList, choices: readonly number[]): () => void {
  let clockUs = Math.max(startUs, ...list.rows.map(({ updatedUs }) => updatedUs)) + 2e6;
  let turn = 0;
  return () => {
    const choice = choices[turn++];
    const row = choice === undefined ? undefined : list.rows[choice % Math.max(1, list.rows.length)];
    if (row) list.touch(row.id, clockUs);
    clockUs += 2e6;
  };
}

describe('whatever the list holds', () => {
  test('a walk by updated_at reads every row of the span in its last state, though rows change meanwhile', () => {
    fc.assert(
      fc.property(
        conversations,
        options,
        fc.integer({ min: 2, max: 9 }),
        fc.array(fc.nat(), { maxLength: 60 }),
        (rows, how, size, choices) => {
          const list = new SalesloftList(rows, how);

          const outcome = walk(list, { dialect: dialectOf(size), meanwhile: updates(list, choices) });

          expect(outcome.finished).toBe(true);
          expect(missed(list, outcome)).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a walk by created_at reads every row of the span, though rows change meanwhile', () => {
    fc.assert(
      fc.property(
        conversations,
        options,
        fc.integer({ min: 2, max: 9 }),
        fc.array(fc.nat(), { maxLength: 60 }),
        (rows, how, size, choices) => {
          const moved = rows.map((row) => ({ ...row, createdUs: row.createdUs + hourUs / 2 }));
          const list = new SalesloftList(moved, how);

          const outcome = walk(list, { dialect: dialectOf(size, 'backfill'), meanwhile: updates(list, choices) });

          expect([...expected(list, 'createdUs').keys()].filter((id) => !outcome.revisions.has(id))).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('a walk cut short anywhere goes on from its bookmark and reads the rest', () => {
    fc.assert(
      fc.property(
        conversations,
        options,
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 1, max: 40 }),
        (rows, how, size, cut) => {
          const list = new SalesloftList(rows, how);
          const dialect = dialectOf(size);

          const begun = walk(list, { dialect, maxRequests: cut });
          const bookmark = begun.bookmark && (JSON.parse(JSON.stringify(begun.bookmark)) as Bookmark);
          const resumed = walk(list, { dialect, bookmark });

          const both = { ...resumed, revisions: new Map([...begun.revisions, ...resumed.revisions]) };
          expect(missed(list, both)).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('nothing past the end of the span is handed over, however it was rounded', () => {
    fc.assert(
      fc.property(conversations, options, (rows, how) => {
        const list = new SalesloftList(rows, how);

        const { revisions } = walk(list, { dialect: dialectOf(5) });

        expect(
          list.rows.filter(({ id, updatedUs }) => revisions.has(id) && updatedUs >= startUs + hourUs + 2e6),
        ).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

/** So many rows, told apart by the two functions. */
function manyRows(count: number, updatedUs: (index: number) => number, createdUs: (index: number) => number) {
  return Array.from(
    { length: count },
    (_, index): Conversation => ({
      id: `row-${index}`,
      createdUs: startUs - hourUs + createdUs(index),
      updatedUs: startUs + updatedUs(index),
      revision: 1,
    }),
  );
}

describe('the cost in requests, one point each', () => {
  test.each([
    [
      'with an updated_at of their own',
      1_100,
      manyRows(
        100_000,
        (i) => i * 30_000,
        (i) => i * 30_000,
      ),
    ],
    [
      'that all share one',
      1_300,
      manyRows(
        100_000,
        () => 7_000,
        (i) => i * 30_000,
      ),
    ],
    [
      'that all share one, in tens that share both',
      1_300,
      manyRows(
        100_000,
        () => 7_000,
        (i) => Math.floor(i / 10) * 3e5,
      ),
    ],
  ])('of 100,000 rows %s is at most %i', (_, most, rows) => {
    const list = new SalesloftList(rows, { rendering: { digits: 3, offsetMinutes: 0 } });

    const outcome = walk(list, { dialect: dialectOf(100) });

    expect(missed(list, outcome)).toEqual([]);
    expect(outcome.requests).toBeLessThanOrEqual(most);
    expect(outcome.handedOver).toBeLessThanOrEqual(100_100);
  });

  test('of a span without rows is one request', () => {
    expect(walk(new SalesloftList([], exact), { dialect: dialectOf(100) }).requests).toBe(1);
  });

  test('is paid on page 1 alone, unless rows share both times', () => {
    const list = new SalesloftList(
      manyRows(
        1_000,
        (i) => Math.floor(i / 300) * 1e6,
        (i) => i * 30_000,
      ),
      exact,
    );
    const pages = new Set<string | undefined>();
    const dialect = dialectOf(100);

    walk(list, {
      dialect: {
        ...dialect,
        readPage: (request, page) => {
          pages.add(request.query['page']);
          return dialect.readPage(request, page);
        },
      },
    });

    expect([...pages]).toEqual(['1']);
  });
});

describe('rows that share both times', () => {
  const alike = manyRows(
    250,
    () => 7_000,
    () => 0,
  );

  test('are all read, though one leaves during each of the first passes', () => {
    const list = new SalesloftList(alike, exact);
    const leaving = ['row-0', 'row-1', 'row-2', 'row-3'];
    const meanwhile = () => {
      const id = leaving.shift();
      if (id) list.touch(id, startUs + 1_800e6);
    };

    const outcome = walk(list, { dialect: dialectOf(100), meanwhile });

    expect(missed(list, outcome)).toEqual([]);
  });

  test('are all read, though they come in another order every time', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (draws) => {
        const shuffleTies = () => Number(draws.next().value);
        const list = new SalesloftList(alike, { ...exact, shuffleTies });

        const outcome = walk(list, { dialect: dialectOf(100) });

        expect(missed(list, outcome)).toEqual([]);
      }),
      { numRuns: 10, seed: 7 },
    );
  });

  test('fail to be read, to be tried again, when they never come to rest', () => {
    const list = new SalesloftList(alike, exact);
    let turn = 0;
    const meanwhile = () => list.touch(`row-${turn++ % 250}`, startUs + 1_800e6 + turn);

    expect(() => walk(list, { dialect: dialectOf(10), meanwhile })).toThrow(
      expect.objectContaining({ code: 'paging-stuck', recovery: 'retry' }),
    );
  });
});

test('a control: a walk by page number loses rows when one is updated meanwhile, the dialect does not', () => {
  const rows = manyRows(
    500,
    (i) => i * 1e6,
    (i) => i,
  );
  const [numbered, keyed] = [new SalesloftList(rows, exact), new SalesloftList(rows, exact)];
  const byNumber: Dialect = {
    rowsUnder: ['data'],
    firstPage: (within) => numberedPage(1, new Date(within.from).toISOString()),
    readPage: ({ query }, page) => ({
      rows: page.rows,
      next:
        page.rows.length < 100 ? undefined : numberedPage(Number(query['page']) + 1, query['updated_at[gte]'] ?? ''),
    }),
  };

  const lossy = walk(numbered, { dialect: byNumber, meanwhile: updates(numbered, [0, 1, 2]) });
  const whole = walk(keyed, { dialect: dialectOf(100), meanwhile: updates(keyed, [0, 1, 2]) });

  expect(missed(numbered, lossy).length).toBeGreaterThan(0);
  expect(missed(keyed, whole)).toEqual([]);
});

function numberedPage(page: number, from: string): PageRequest {
  const order = { sort_by: 'updated_at', sort_direction: 'asc', per_page: '100' };
  return {
    query: { ...order, page: String(page), 'updated_at[gte]': from },
    state: `page ${page}`,
    carriesCursor: false,
  };
}
