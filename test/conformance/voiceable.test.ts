import { rowsOfTheApp, wrongCallLists } from './suite/call-history-cases.ts';
import { cursorCases, endIsSaidOtherwise } from './suite/cursor-cases.ts';
import { emptiedUntold, turnsInList } from './suite/details/call-cases.ts';
import { describeDetails } from './suite/details/detail-suite.ts';
import { fewAtATime, toldBudget } from './suite/pace-cases.ts';
import { describeSource } from './suite/suite.ts';

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

describeDetails('voiceable.transcripts', {
  cases: [...cursorCases, rowsOfTheApp, emptiedUntold, turnsInList, toldBudget],
  idleKnobs: ['analysisLate', 'longCalls', 'signedLinks', 'summaryAfterMs', 'ignoresPaging', 'unnumbered'],
});
