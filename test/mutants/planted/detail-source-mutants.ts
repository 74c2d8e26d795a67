import type { Mutant } from './mutant.ts';

const sentences = (name: string) => ({ file: 'test/unit/sources/salesloft/details.test.ts', name });
const transcripts = (name: string) => ({ file: 'test/unit/sources/transcripts.test.ts', name });

/** Bugs of how vendors' details are asked for and read. */
export const detailSourceMutants: readonly Mutant[] = [
  {
    name: 'first-page-of-sentences-for-all',
    why: 'of every long transcript all but its first hundred sentences are missing, and nothing tells so',
    file: 'functions/sources/salesloft/sentences.ts',
    find: 'const isEnd = !follows || (isEmpty && asked.behindNothing);',
    replace: 'const isEnd = true;',
    test: sentences('have a next page for as long as the vendor names one'),
  },
  {
    name: 'empty-page-of-sentences-ends-them',
    why: 'sentences behind an empty page are missing',
    file: 'functions/sources/salesloft/sentences.ts',
    find: 'const isEnd = !follows || (isEmpty && asked.behindNothing);',
    replace: 'const isEnd = !follows || isEmpty;',
    test: sentences('go on behind an empty page that names a next one'),
  },
  {
    name: 'length-of-pages-of-sentences-not-asserted',
    why: 'a vendor that lowers the length of a page in the midst of a transcript leaves sentences out',
    file: 'functions/sources/salesloft/sentences.ts',
    find: 'if (perPage !== PER_PAGE) {',
    replace: 'if (typeof perPage === "string") {',
    test: sentences('another length of pages'),
  },
  {
    name: 'page-of-sentences-not-asserted',
    why: 'a page that is sent twice stands twice in the transcript, and another is missing',
    file: 'functions/sources/salesloft/sentences.ts',
    find: 'if (currentPage !== number) throw',
    replace: 'if (currentPage === null) throw',
    test: sentences('the echo shows another page'),
  },
  {
    name: 'detail-of-another-id-taken',
    why: 'one customer is shown what another one said',
    file: 'functions/sources/detail.ts',
    find: "if (!ids.includes(id)) throw notTheDetail(stream, 'is that of another id');",
    replace: '',
    test: transcripts('fails with another id'),
  },
  {
    name: 'empty-transcript-taken-for-erased',
    why: 'a bug of the vendor, or a retention that nobody meant, empties the lake as well',
    file: 'functions/sources/call-transcript.ts',
    find: "erased: !['', '0'].includes(scalarText(deletedAt) ?? ''),",
    replace: 'erased: isNothing(transcript) || isEmptyArray(transcript),',
    test: transcripts('is empty where the turns are'),
  },
  {
    name: 'erasure-not-told',
    why: 'a transcript that a person had deleted stays in the lake',
    file: 'functions/sources/call-transcript.ts',
    find: "erased: !['', '0'].includes(scalarText(deletedAt) ?? ''),",
    replace: 'erased: false,',
    test: transcripts('is erased only where the vendor says when it deleted it'),
  },
  {
    name: 'open-call-taken-for-final',
    why: 'of a call that was going on when it was fetched the rest is never read',
    file: 'functions/sources/call-transcript.ts',
    find: "const open = words?.open.includes(scalarText(status) ?? '') ?? false;",
    replace: 'const open = words === undefined && status === "";',
    test: transcripts('is open while the call is in-progress'),
  },
];
