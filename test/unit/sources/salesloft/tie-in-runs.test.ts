import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { streamDefinition } from '../../../../contract/streams.ts';
import type { Bookmark, Dialect, PageRequest } from '../../../../functions/engine/source.ts';
import { sources } from '../../../../functions/sources/index.ts';
import { pageOf } from '../../../support/vendor/page-of.ts';
import { type Conversation, type ListOptions, SalesloftList } from '../../../support/vendor/salesloft-list.ts';

const definition = streamDefinition('salesloft.conversations');
const startUs = Date.UTC(2026, 0, 1) * 1000;
const span = { from: startUs / 1000, to: startUs / 1000 + 3_600_000 };
const exact: ListOptions = { rendering: { digits: 6, offsetMinutes: 0 } };
const laterUs = startUs + 1_800e6;

function dialectOf(pageSize: number): Dialect {
  return sources.salesloft.dialect({ definition, pageSize, purpose: 'live' });
}

/** Rows that share both times. */
function alike(count: number): Conversation[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `row-${index}`,
    createdUs: startUs - 60e6,
    updatedUs: startUs + 7_000,
    revision: 1,
  }));
}

interface Runs {
  readonly dialect: Dialect;
  /** How many requests a run has time for. */
  readonly requests: number;
  /** Happens before each run but the first. */
  readonly between?: (run: number) => void;
}

/** A walk in runs, each of which goes on from the bookmark of the one before, as the checkpoint keeps it. */
function walkInRuns(list: SalesloftList, { dialect, requests, between }: Runs, mostRuns = 200) {
  const revisions = new Map<string, number>();
  let bookmark: Bookmark | undefined;
  let longestText = 0;
  for (let run = 1; run <= mostRuns; run++) {
    if (run > 1) between?.(run);
    let request: PageRequest | undefined = dialect.firstPage(span, bookmark);
    for (let n = 0; n < requests && request; n++) {
      const reading = dialect.readPage(request, pageOf(definition, list.respond(request.query)));
      for (const { bytes } of reading.rows) {
        const row = JSON.parse(new TextDecoder().decode(bytes)) as Record<'id' | 'revision', string & number>;
        revisions.set(row.id, Math.max(row.revision, revisions.get(row.id) ?? 0));
      }
      const text = JSON.stringify(reading.bookmark);
      longestText = Math.max(longestText, text.length);
      bookmark = JSON.parse(text) as Bookmark;
      request = reading.next;
    }
    if (!request) return { runs: run, revisions, longestText };
  }
  return { runs: undefined, revisions, longestText };
}

function missed(list: SalesloftList, revisions: ReadonlyMap<string, number>): string[] {
  return list.rows.filter(({ id, revision }) => revisions.get(id) !== revision).map(({ id }) => id);
}

describe('rows that share both times, more than a run can read', () => {
  test.each([
    [1, exact],
    [1, { ...exact, envelope: 'bare array' }],
    [1, { ...exact, envelope: 'without paging' }],
    [6, { ...exact, alwaysNamesNext: true }],
    [7, exact],
  ] as const)('are read in runs of %i requests, each of which goes on where the last one was: %j', (requests, how) => {
    const list = new SalesloftList(alike(300), how);

    const { runs, revisions } = walkInRuns(list, { dialect: dialectOf(10), requests });

    expect(missed(list, revisions)).toEqual([]);
    // Two passes of 30 pages, what leads there and away, and in each pass what shows the end.
    expect(runs).toBeLessThanOrEqual(Math.ceil((2 * 30 + 8) / requests));
  });

  test('are read twice over, though the runs end in the midst of passes and rows leave meanwhile', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 120 }),
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.tuple(fc.integer({ min: 2, max: 30 }), fc.nat()), { maxLength: 12 }),
        (count, size, requests, leaving) => {
          const list = new SalesloftList(alike(count), exact);
          const between = (run: number) => {
            for (const [at, row] of leaving) if (at === run) list.touch(`row-${row % count}`, laterUs + run);
          };

          const { runs, revisions } = walkInRuns(list, { dialect: dialectOf(size), requests: requests + 2, between });

          expect(runs).toBeDefined();
          expect(missed(list, revisions)).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('are read, though they come in another order every time', () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.nat()),
        fc.integer({ min: 3, max: 40 }),
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 1, max: 9 }),
        (draws, count, size, requests) => {
          const list = new SalesloftList(alike(count), { ...exact, shuffleTies: () => Number(draws.next().value) });

          const { runs, revisions } = walkInRuns(list, { dialect: dialectOf(size), requests: requests + 2 });

          expect(runs).toBeDefined();
          expect(missed(list, revisions)).toEqual([]);
        },
      ),
      { numRuns: 300, seed: 5 },
    );
  });

  test('leave a bookmark of less than 900 bytes, however many they are', () => {
    for (const count of [30, 40, 41, 3000]) {
      const { longestText } = walkInRuns(new SalesloftList(alike(count), exact), {
        dialect: dialectOf(10),
        requests: 5,
      });

      expect(longestText).toBeLessThan(900);
    }
  });
});

describe('a pass that went on in another run', () => {
  const dialect = dialectOf(2);

  /** The pages of a tie by number as they are returned one after the other, a run each. */
  function outcomes(pages: readonly (readonly string[])[], count: number | undefined, perPass = 3) {
    const at = '2026-01-01T00:00:00.007000Z';
    const created = '2025-12-31T23:59:00.000000Z';
    const tied = {
      createdFrom: '2025-12-31T23:58:59.999999Z',
      until: '2026-01-01T00:00:00.007001Z',
      createdUntil: '2025-12-31T23:59:00.000001Z',
      page: '1',
      found: '0.0',
    };
    let bookmark: Bookmark = { at: '2026-01-01T00:00:00.006999Z', tied };
    return pages.map((ids, index) => {
      const request = dialect.firstPage(span, bookmark);
      const page = (index % perPass) + 1;
      expect(request.query['page']).toBe(String(page));
      const body = {
        metadata: {
          filtering: { updated_at: {}, created_at: {} },
          sorting: { sort_by: 'created_at', sort_direction: 'ASC' },
          paging: { per_page: 2, current_page: page, next_page: page < perPass ? page + 1 : null, total_count: count },
        },
        data: ids.map((id) => ({ id, created_at: created, updated_at: at })),
      };
      const reading = dialect.readPage(request, pageOf(definition, body));
      bookmark = JSON.parse(JSON.stringify(reading.bookmark)) as Bookmark;
      return reading.next?.query['page'] !== undefined && reading.next.query['include_paging_counts'] === undefined;
    });
  }

  const whole = [['a', 'b'], ['c', 'd'], ['e']];

  test('agrees with the one before it when both saw the same rows, in whatever order', () => {
    const turned = [['e', 'b'], ['c', 'a'], ['d']];

    for (const count of [5, undefined]) {
      expect(outcomes([...whole, ...turned], count)).toEqual([false, false, false, false, false, true]);
    }
  });

  test('does not agree where a row stands for another', () => {
    const other = [['a', 'b'], ['c', 'd'], ['f']];

    expect(outcomes([...whole, ...other], 5).at(-1)).toBe(false);
    expect(outcomes([...whole, ...other], undefined).at(-1)).toBe(false);
  });

  test('does not agree where a row came twice, though the passes are alike', () => {
    const doubled = [['a', 'b'], ['b', 'c'], ['c']];

    expect(outcomes([...doubled, ...doubled], 5).at(-1)).toBe(false);
  });

  test('does not agree where rows that came twice stand for others that did', () => {
    const once = [['a', 'b'], ['b', 'a'], ['c']];
    const twice = [['d', 'e'], ['e', 'd'], ['c']];

    expect(outcomes([...once, ...twice], undefined).at(-1)).toBe(false);
  });

  test('need not agree where as many rows came as the vendor has been counting all along', () => {
    const [once, twice] = [
      [['a', 'b'], ['b', 'c'], ['c']],
      [['e', 'd'], ['d', 'b'], ['a']],
    ];

    expect(outcomes([...once, ...twice], 5).at(-1)).toBe(true);
    expect(outcomes([...once, ...twice], 6).at(-1)).toBe(false);
  });
});

describe('a bookmark of a pass', () => {
  const at = '2026-01-01T00:00:00.006Z';
  const tied = {
    createdFrom: '2025-12-31T23:59:00.000Z',
    until: '2026-01-01T00:00:00.008Z',
    createdUntil: '2025-12-31T23:59:00.002Z',
    page: '7',
    found: '2.1f',
    before: '12.ab',
    count: '3',
    since: '2.1f',
    sinceKeys: 'aaaaaaaaaaaabbbbbbbbbbbb',
  };

  test('leads to its page', () => {
    expect(dialectOf(10).firstPage(span, { at, tied }).query).toEqual({
      sort_by: 'created_at',
      sort_direction: 'asc',
      per_page: '10',
      page: '7',
      'updated_at[gte]': at,
      'updated_at[lt]': tied.until,
      'created_at[gte]': tied.createdFrom,
      'created_at[lt]': tied.createdUntil,
      include_paging_counts: 'true',
    });
  });

  test.each([
    { page: '0' },
    { page: '1e3' },
    { found: '2' },
    { found: '2.xyz' },
    { found: undefined },
    { before: 'all' },
    { count: '-1' },
    { barren: 'false' },
    { since: '3.1f' },
    { sinceKeys: 'aaaaaaaaaaaabbbbbb' },
    { sinceKeys: undefined },
    { createdUntil: undefined },
    { createdFrom: undefined },
    { until: undefined },
    { createdUntil: 'soon' },
    { more: '1' },
  ])('with %j is not one of its own, and says what to do', (spoilt: Record<string, string | undefined>) => {
    const texts = Object.entries({ ...tied, ...spoilt }).flatMap(([name, text]) =>
      text === undefined ? [] : [[name, text]],
    );
    const resume = () => dialectOf(10).firstPage(span, { at, tied: Object.fromEntries(texts) });

    expect(resume).toThrow(expect.objectContaining({ code: 'checkpoint-unreadable' }));
    expect(resume).toThrow(/rewind the stream/);
  });
});
