import { agents, both, byTime, emptyPages, faulty, has, type Mutant, salesloft, shortLivedCursors } from './mutant.ts';

/** Bugs of the walk: rows that the vendor would have shown are never asked for. */
export const walkMutants: readonly Mutant[] = [
  {
    name: 'empty-page-taken-for-the-end',
    why: 'a vendor that narrows pages after cutting them loses all rows behind an empty one',
    file: 'functions/engine/run/paging.ts',
    find: 'page = reading.next && askAhead(reading.next);',
    replace: 'page = reading.rows.length > 0 && reading.next ? askAhead(reading.next) : undefined;',
    where: both(byTime, emptyPages),
  },
  {
    name: 'short-page-taken-for-the-end',
    why: 'a page that is not full ends the walk, and the rest of the window is lost',
    file: 'functions/sources/call-history.ts',
    find: 'next: cursor === undefined ? undefined : withCursor(request, cursor) };',
    replace: 'next: cursor === undefined || rows.length < pageSize ? undefined : withCursor(request, cursor) };',
    where: agents,
  },
  {
    name: 'unreadable-page-taken-for-the-end',
    why: 'a response that was cut on the way is taken for an empty last page',
    file: 'functions/engine/run/paging.ts',
    find: '...ports.dialect.readPage(request, split(body, ports)),',
    replace: `...(() => {
        try {
          return ports.dialect.readPage(request, split(body, ports));
        } catch {
          return { rows: [], next: undefined };
        }
      })(),`,
    where: faulty,
  },
  {
    name: 'refused-cursor-taken-for-the-end',
    why: 'a cursor that expired ends the window, and the rest of it is lost',
    file: 'functions/engine/run/read-task.ts',
    find: "if (!hasCode(error, 'cursor-refused')) throw error;",
    replace: "if (!hasCode(error, 'cursor-refused')) throw error;\n      return 'read';",
    where: both(byTime, shortLivedCursors),
  },
  {
    name: 'cursor-sent-with-a-new-window',
    why: 'a window begins in the midst, where the one before it was left',
    file: 'functions/sources/call-history.ts',
    find: `  return {
    rowsUnder: ROWS_UNDER,
    firstPage: (span) => ({
      query: { ...startsWithin(span), page_size: String(pageSize), summary_mode: 'include' },
      state: 'first page',
      carriesCursor: false,
    }),
    readPage: (request, { envelope, rows }) => {
      const cursor = nextCursor({ stream: definition.stream, value: envelope }, endSign);`,
    replace: `  let left: string | undefined;
  return {
    rowsUnder: ROWS_UNDER,
    firstPage: (span) => ({
      query: { ...startsWithin(span), page_size: String(pageSize), summary_mode: 'include', ...(left && { cursor: left }) },
      state: 'first page',
      carriesCursor: false,
    }),
    readPage: (request, { envelope, rows }) => {
      const cursor = nextCursor({ stream: definition.stream, value: envelope }, endSign);
      left = cursor ?? left;`,
    where: agents,
  },
  {
    name: 'edge-of-a-window-not-overlapped',
    why: 'rows on the very edge of a window are lost where the vendor leaves out both ends',
    file: 'functions/sources/call-history.ts',
    find: 'Math.floor(span.from / 1000) - 1',
    replace: 'Math.floor(span.from / 1000)',
    where: agents,
  },
  {
    name: 'missing-has-more-taken-for-the-end',
    why: 'where Voiceable leaves has_more out, only the first page of each window is read',
    file: 'functions/sources/call-history.ts',
    find: 'if (hasMore === false) return undefined;',
    replace: 'if (hasMore !== true) return undefined;',
    test: { file: 'test/conformance/voiceable.test.ts', name: 'no has_more' },
  },
  {
    name: 'repeated-cursor-taken-for-the-end',
    why: 'a cursor that does not advance ends the window, and the rest of it is lost',
    file: 'functions/engine/run/paging.ts',
    find: 'page = reading.next && askAhead(reading.next);',
    replace: 'page = reading.next && !visited.has(reading.next.state) ? askAhead(reading.next) : undefined;',
    test: { file: 'test/conformance/voiceable.test.ts', name: 'a cursor that does not advance' },
  },
  {
    name: 'total-ignored',
    why: 'rows that a cursor passed over while others went are missing below the watermark',
    file: 'functions/engine/run/read-task.ts',
    find: 'return this.#total !== undefined && (this.#keys.size < this.#total || this.#total === this.#totalCap);',
    replace: 'return false;',
    test: { file: 'test/integration/runs/totals.test.ts', name: 'gives all of a day with more' },
  },
  {
    name: 'gt-in-place-of-gte',
    why: 'rows that share the last row’s instant are lost, as after every bulk update',
    file: 'functions/sources/salesloft/step.ts',
    find: '[gte]`] = step.bound.text;',
    replace: '[gt]`] = step.bound.text;',
    where: salesloft,
  },
  {
    name: 'shared-instant-not-entered',
    why: 'a bulk update of more than a page stops the stream for good',
    file: 'functions/sources/salesloft/read-page.ts',
    find: 'first.micros === last.micros ? stepInto(step, last, atLast) : keyStep(step.walk, step.ties, last, atLast);',
    replace: 'keyStep(step.walk, step.ties, last, atLast);',
    where: salesloft,
  },
  {
    name: 'bookmark-behind-a-shared-instant',
    why: 'a walk that is cut short within a bulk update goes on behind the rest of it',
    file: 'functions/sources/salesloft/step.ts',
    find: 'const at = outer?.from ?? bound;',
    replace: 'const at = outer?.to ?? bound;',
    where: salesloft,
  },
  {
    name: 'one-pass-over-page-numbers',
    why: 'of rows that share both times some are lost when others move meanwhile',
    file: 'functions/sources/salesloft/read-page.ts',
    find: 'if (step.pass > 1 && isWhole(step, whole, count, sinceCount))',
    replace: 'if (step.pass > 0)',
    test: { file: 'test/unit/sources/salesloft/walk.test.ts', name: 'reads every row of the span in its last state' },
  },
  {
    name: 'backfill-by-version',
    why: 'a backfill of a past month finds only what has not been updated since',
    file: 'functions/sources/salesloft/salesloft.ts',
    find: "purpose === 'backfill' ? ['created_at'] : ['updated_at', 'created_at'];",
    replace: "['updated_at', 'created_at'];",
    where: both(salesloft, has('backfill')),
  },
];
