import { wrongCallLists } from './suite/call-history-cases.ts';
import { cursorCases, endIsSaidOtherwise, endMustBeSaid } from './suite/cursor-cases.ts';
import { callCases } from './suite/details/call-cases.ts';
import { describeDetails } from './suite/details/detail-suite.ts';
import { fewAtATimeTold, untoldBudget } from './suite/pace-cases.ts';
import { describeSource } from './suite/suite.ts';

describeSource('elevenlabs.conversations', {
  cases: [
    ...cursorCases,
    endMustBeSaid('no has_more', { hasMore: 'missing' }),
    endIsSaidOtherwise('no next_cursor on the last page', { lastCursor: 'missing' }),
    untoldBudget,
    fewAtATimeTold,
  ],
  idleKnobs: ['rowShape'],
  wrongBodies: [
    ...wrongCallLists,
    { name: 'no has_more', body: { conversations: [], next_cursor: 'CURSOR' } },
    { name: 'more without a cursor', body: { conversations: [], has_more: true, next_cursor: null } },
  ],
});

describeDetails('elevenlabs.transcripts', {
  cases: [...cursorCases, ...callCases, fewAtATimeTold],
  idleKnobs: ['turnsInList', 'summaryAfterMs', 'ignoresPaging', 'unnumbered'],
});
