import { cursorCases, endMustBeSaid } from './suite/cursor-cases.ts';
import { describeSource, type VendorSpecifics } from './suite/suite.ts';

const crescendo: VendorSpecifics = {
  cases: [...cursorCases, endMustBeSaid('no cursor.next on the last page', { lastCursor: 'missing' })],
  wrongBodies: [
    { name: 'a bare array', body: [] },
    { name: 'no cursor', body: { total: 0, data: [] } },
    { name: 'a cursor without next', body: { total: 0, cursor: {}, data: [] } },
    { name: 'a next that is a number', body: { total: 0, cursor: { next: 7 }, data: [] } },
    { name: 'no total', body: { cursor: { next: 'CURSOR' }, data: [] } },
    { name: 'a total that is a text', body: { total: '1', cursor: { next: 'CURSOR' }, data: [] } },
  ],
};

describeSource('crescendo.vocconv', crescendo);
describeSource('crescendo.botconv', crescendo);
