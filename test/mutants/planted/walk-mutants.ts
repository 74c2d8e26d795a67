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
    find: `const page = split(body, ports);
      const reading = ports.dialect.readPage(request, page);`,
    replace: `let page: Page = { envelope: undefined, rows: [] };
      let reading: PageReading = { rows: [], next: undefined };
      try {
        page = split(body, ports);
        reading = ports.dialect.readPage(request, page);
      } catch {}`,
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
      const cursor = nextCursor({ stream: definition.stream, value: envelope }, rows.length, endSign);`,
    replace: `  let left: string | undefined;
  return {
    rowsUnder: ROWS_UNDER,
    firstPage: (span) => ({
      query: { ...startsWithin(span), page_size: String(pageSize), summary_mode: 'include', ...(left && { cursor: left }) },
      state: 'first page',
      carriesCursor: false,
    }),
    readPage: (request, { envelope, rows }) => {
      const cursor = nextCursor({ stream: definition.stream, value: envelope }, rows.length, endSign);
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
    find: 'if (hasMore === false) {',
    replace: 'if (hasMore !== true) {',
    test: { file: 'test/conformance/voiceable.test.ts', name: 'no has_more' },
  },
  {
    name: 'repeated-cursor-taken-for-the-end',
    why: 'a cursor that does not advance ends the window, and the rest of it is lost',
    file: 'functions/engine/run/read-task.ts',
    find: "if (!hasCode(error, 'cursor-refused')) throw error;",
    replace:
      "if (hasCode(error, 'paging-stuck')) return 'read';\n      if (!hasCode(error, 'cursor-refused')) throw error;",
    test: { file: 'test/conformance/voiceable.test.ts', name: 'a cursor that does not advance' },
  },
  {
    name: 'round-not-noticed',
    why: 'a list that begins again under fresh cursors is walked until the run is out of time, every time',
    file: 'functions/engine/run/circle-guard.ts',
    find: 'this.#marks.take(markOf(keys)) >= SAME_PAGES',
    replace: 'this.#marks.take(markOf(keys)) < 0',
    test: { file: 'test/unit/engine/run/circle-guard.test.ts', name: 'is stopped within a few rounds' },
  },
  {
    name: 'pages-compared-across-passes',
    why: 'a second pass over rows that share both times stops the stream',
    file: 'functions/engine/run/circle-guard.ts',
    find: 'if (pass !== this.#pass) this.#marks = new Remembered();',
    replace: '',
    test: { file: 'test/unit/engine/run/circle-guard.test.ts', name: 'passes that bring the same rows on purpose' },
  },
  {
    name: 'told-error-taken-for-a-page',
    why: 'an error in a response of 200 moves the watermark over rows that nobody read',
    file: 'functions/sources/told-error.ts',
    find: 'if (told === undefined) return;',
    replace: 'return;',
    where: faulty,
  },
  {
    name: 'promise-without-cursor-taken-for-the-end',
    why: 'has_more without a cursor ends the window, and the rest of it is lost',
    file: 'functions/sources/call-history.ts',
    find: 'if (cursor === undefined && (hasMore === true || leadsOnOtherwise(fields))) {',
    replace: 'if (cursor === undefined && false) {',
    test: { file: 'test/unit/sources/call-history.test.ts', name: 'takes a promise of more without a cursor' },
  },
  {
    name: 'null-rows-taken-for-none',
    why: 'null in the place of rows, of a list that may go on, ends the window',
    file: 'functions/sources/envelope.ts',
    find: 'if (name === undefined || endIsSaid ||',
    replace: 'if (name !== undefined || endIsSaid ||',
    test: { file: 'test/unit/sources/told-error.test.ts', name: 'null in the place of the rows is an error of' },
  },
  {
    name: 'bound-at-the-printed-instant',
    why: 'where the vendor rounds up what it prints, rows that are stored just before are skipped',
    file: 'functions/sources/salesloft/timestamp.ts',
    find: 'return { from: timestampAt(micros - unitMicros, unitMicros),',
    replace: 'return { from: timestampAt(micros, unitMicros),',
    test: {
      file: 'test/unit/sources/salesloft/walk.test.ts',
      name: 'a walk by updated_at reads every row of the span',
    },
  },
  {
    name: 'walk-ends-at-the-printed-end',
    why: 'a row that is printed at the end of the span and stored before it is never read',
    file: 'functions/sources/salesloft/read-page.ts',
    find: 'earliestMicros(instant) >= walk.to',
    replace: 'instant.micros >= walk.to',
    test: { file: 'test/unit/sources/salesloft/salesloft.test.ts', name: 'lies past the end of the span however' },
  },
  {
    name: 'one-empty-page-ends-a-list-that-names-more',
    why: 'a page that is empty by chance ends the walk',
    file: 'functions/sources/salesloft/read-page.ts',
    find: 'if (rows.length > 0 || !step.barren) return false;',
    replace: 'if (rows.length > 0) return false;',
    test: { file: 'test/unit/sources/salesloft/salesloft.test.ts', name: 'ends a walk of a list without rows' },
  },
  {
    name: 'blank-before-the-offset-not-read',
    why: 'rows whose times have a blank before their offset lie with the undated ones',
    file: 'functions/engine/rows/instant.ts',
    find: 'if (text.charCodeAt(at) === 0x20) at++;',
    replace: '',
    test: { file: 'test/unit/engine/rows/instant.test.ts', name: 'any instant at any offset' },
  },
  {
    name: 'total-ignored',
    why: 'rows that a cursor passed over while others went are missing below the watermark',
    file: 'functions/engine/run/counted.ts',
    find: "if (this.#rows < this.#total || this.#total === this.#totalCap) return 'short';",
    replace: "return 'whole';",
    test: { file: 'test/integration/runs/totals.test.ts', name: 'gives all of a day with more' },
  },
  {
    name: 'rows-counted-for-keys',
    why: 'a list that moved returns one row twice and passes over another, which is missing below the watermark',
    file: 'functions/engine/run/counted.ts',
    find: "return this.#keys.size + this.#twins >= this.#total ? 'whole' : 'doubled';",
    replace: "return 'whole';",
    test: { file: 'test/unit/engine/run/counted.test.ts', name: 'a list that moved between two pages' },
  },
  {
    name: 'keys-held-twice-taken-for-a-moved-list',
    why: 'a list that holds one id twice is split to the minute at every reading',
    file: 'functions/engine/run/read-task.ts',
    find: "if (completeness === 'doubled' && !known) return 'doubled';",
    replace: "if (completeness === 'doubled') return 'doubled';",
    test: { file: 'test/unit/engine/run/counted.test.ts', name: 'on several pages costs a bounded number of requests' },
  },
  {
    name: 'tie-begun-again-in-each-run',
    why: 'runs with time for two pages never get into an instant that many rows share',
    file: 'functions/sources/salesloft/step.ts',
    find: 'tied: createdFrom ? { createdFrom: createdFrom.text, until } : { until } };',
    replace: '...(createdFrom && { tied: { createdFrom: createdFrom.text, until } }) };',
    test: { file: 'test/unit/engine/run/undecided-walk.test.ts', name: 'advances in every run' },
  },
  {
    name: 'gt-in-place-of-gte',
    why: 'rows that share the last row’s instant are lost, as after every bulk update',
    file: 'functions/sources/salesloft/timestamp.ts',
    find: 'return { from: timestampAt(micros - unitMicros, unitMicros),',
    replace: 'return { from: timestampAt(micros + 1),',
    where: salesloft,
  },
  {
    name: 'shared-instant-not-entered',
    why: 'a bulk update of more than a page stops the stream for good',
    file: 'functions/sources/salesloft/read-page.ts',
    find: 'if ((full || step.page > 1) && again.length >= timed.length) {',
    replace: 'if (step.page > MAX_PASSES) {',
    test: {
      file: 'test/unit/sources/salesloft/walk.test.ts',
      name: 'a walk by updated_at reads every row of the span',
    },
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
