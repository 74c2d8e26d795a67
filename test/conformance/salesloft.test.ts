import { describeDetails } from './suite/details/detail-suite.ts';
import { conversationCases, sentenceCases } from './suite/details/salesloft-detail-cases.ts';
import { salesloftCases } from './suite/salesloft-cases.ts';
import { describeSource, type VendorSpecifics } from './suite/suite.ts';

const sorting = { sort_by: 'updated_at', sort_direction: 'ASC NULLS FIRST' };

const salesloft: VendorSpecifics = {
  cases: salesloftCases,
  wrongBodies: [
    { name: 'no metadata', body: { data: [] } },
    { name: 'no sorting', body: { metadata: { filtering: {} }, data: [] } },
    {
      name: 'a next_page that is a text',
      body: { metadata: { paging: { per_page: 10, current_page: 1, next_page: 'CURSOR' }, sorting }, data: [] },
    },
  ],
};

describeSource('salesloft.conversations', salesloft);
describeSource('salesloft.transcriptions', salesloft);

const ofCalls = ['analysisLate', 'emptied', 'longCalls', 'signedLinks', 'turnsInList'] as const;

describeDetails('salesloft.transcript_sentences', {
  cases: sentenceCases,
  idleKnobs: [...ofCalls, 'summaryAfterMs'],
});
describeDetails('salesloft.conversation_details', {
  cases: conversationCases,
  idleKnobs: [...ofCalls, 'ignoresPaging', 'unnumbered'],
});
