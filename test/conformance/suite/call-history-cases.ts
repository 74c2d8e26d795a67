import type { WrongBody } from './dialect.ts';
import { exactAtOnce } from './proofs.ts';
import type { SourceCase } from './source-case.ts';

/** What ElevenLabs, and Voiceable which wraps it, may send that is not a page. */
export const wrongCallLists: readonly WrongBody[] = [
  { name: 'a bare array', body: [] },
  { name: 'a has_more that is a text', body: { conversations: [], has_more: 'yes', next_cursor: 'CURSOR' } },
  { name: 'a cursor that is a number', body: { conversations: [], has_more: true, next_cursor: 7 } },
  { name: 'an error in an envelope', body: { status: { code: 502 }, data: [], cursor: 'CURSOR' } },
];

/** Voiceable's rows as its own front end reads them. */
export const rowsOfTheApp: SourceCase = {
  name: 'the rows of its own front end',
  why: 'documentation and front end disagree on almost every field, the key and the time among them',
  knobs: { rowShape: 'app' },
  prove: exactAtOnce,
};
