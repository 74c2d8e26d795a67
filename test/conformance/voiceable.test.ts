import { rowsOfTheApp, wrongCallLists } from './call-history-cases.ts';
import { cursorCases, endIsSaidOtherwise } from './cursor-cases.ts';
import { fewAtATime, toldBudget } from './pace-cases.ts';
import { describeSource } from './suite.ts';

describeSource('voiceable.conversations', {
  cases: [
    ...cursorCases,
    endIsSaidOtherwise('no has_more', { hasMore: 'missing' }),
    endIsSaidOtherwise('no cursor field on the last page', { lastCursor: 'missing' }),
    endIsSaidOtherwise('neither has_more nor a last cursor', { hasMore: 'missing', lastCursor: 'missing' }),
    rowsOfTheApp,
    toldBudget,
    fewAtATime,
  ],
  wrongBodies: wrongCallLists,
});
