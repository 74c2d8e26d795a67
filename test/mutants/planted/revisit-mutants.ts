import type { Mutant } from './mutant.ts';

const file = 'test/unit/engine/details/revisits/revisits.test.ts';
const book = 'test/unit/engine/details/revisits/revisit-book.test.ts';

/** Bugs of what is asked for again although no list tells of it: it never is, or for ever. */
export const revisitMutants: readonly Mutant[] = [
  {
    name: 'open-ids-not-revisited',
    why: 'a chat that is open for longer than the lookback stays as it was on its first day',
    file: 'functions/engine/export-stream.ts',
    find: "purpose === 'live' && book ? book.due(now) : []",
    replace: '[]',
    test: { file, name: 'a chat that is open for ten days ends final' },
  },
  {
    name: 'revisits-after-the-checkpoint',
    why: 'a run that dies between the two has passed an id that nobody will ask for again',
    file: 'functions/engine/details/revisits/revisit-book.ts',
    find: '        await this.commit();\n        return lake.replace',
    replace: '        return lake.replace',
    test: { file, name: 'before what is to be asked for again is noted' },
  },
  {
    name: 'revisit-done-before-its-line-is-in-the-lake',
    why: 'a run that dies before its commit takes the id off the book, and the open line stays',
    file: 'functions/engine/details/revisits/revisit-book.ts',
    find: 'const isPutOff = there !== undefined && (',
    replace: 'const isPutOff = there?.line === null && (',
    test: { file, name: 'before what is to be asked for again is noted' },
  },
  {
    name: 'revisits-of-the-other-run-overwritten',
    why: 'of two runs at the same time the ids of one are forgotten',
    file: 'functions/engine/details/revisits/revisit-book.ts',
    find: '      await this.#load();\n    }\n    throw',
    replace: '      this.#tag = await this.#context.ports.lake.tagOf(this.#key);\n    }\n    throw',
    test: { file: book, name: 'takes in what two runs tell at the same time' },
  },
  {
    name: 'book-not-written-where-no-object-is',
    why: 'a book that was lost does not come back while lines stay as they are',
    file: 'functions/engine/run/run.ts',
    find: '      await this.#book?.commit();\n',
    replace: '',
    test: { file, name: 'brings the ids of a book that was lost back' },
  },
  {
    name: 'revisit-held-as-a-listed-row-is',
    why: 'what is final and changes late is never fetched again',
    file: 'functions/engine/details/details.ts',
    find: 'isHeld: (wanted, { ours }) => ours || this.#hasFailed(wanted),',
    replace: 'isHeld: (wanted, entry) => this.#isHeld(wanted, entry, false),',
    test: { file, name: 'what changes late is fetched again' },
  },
  {
    name: 'open-for-ever',
    why: 'an id that the vendor never had is asked for every day, for years',
    file: 'functions/engine/details/revisits/next-revisit.ts',
    find: 'return isYoung ? openAgain(head, before, now) : undefined;',
    replace: 'return openAgain(head, before, now);',
    test: { file, name: 'given up after 30 days' },
  },
  {
    name: 'turn-lost-with-the-line-that-lost',
    why: 'of two runs the one whose line does not stay takes the id off the book, and the open line of the other is never asked for again',
    file: 'functions/engine/details/settle-details.ts',
    find: 'told(() => areCommitted(marks) && isIn(marks, row.identity));',
    replace: 'told(() => areCommitted(marks));',
    test: { file: 'test/faults/histories.test.ts', name: 'keeps the promise that it once broke: seed 3124,' },
  },
  {
    name: 'turn-under-an-old-state',
    why: 'an id that two runs asked for is asked for again under the older of two states, and its line is set back to that',
    file: 'functions/engine/details/detail-walk.ts',
    find: 'if (held && !isRevisit && isOfState(wanted, entry.content)) book.held(wanted.head);',
    replace: '',
    test: { file: 'test/faults/histories.test.ts', name: 'keeps the promise that it once broke: seed 52,' },
  },
  {
    name: 'line-before-its-turn-is-moved',
    why: 'an id whose line reached the lake as its run was killed is asked for under the state before, and its line is set back to that',
    file: 'functions/engine/details/revisits/revisit-book.ts',
    find: 'const meanwhile = isMoved ? movedTo(head, there.revisit) : undefined;',
    replace: 'const meanwhile = undefined;',
    test: { file: book, name: 'has an id under the state that its line is to be of' },
  },
  {
    name: 'old-failures-fail-every-run',
    why: 'some ids that the vendor cannot give keep a stream in alarm for a month',
    file: 'functions/engine/details/settle-details.ts',
    find: '    if (known && isRevisit) counts.failedAgain++;\n',
    replace: '',
    test: { file, name: 'does not fail because of ids that fail for ever' },
  },
  {
    name: 'tag-of-a-book-that-was-not-read',
    why: 'a commit behind a reading that failed puts what had been there before in the place of what another run has noted',
    file: 'functions/engine/details/revisits/revisit-book.ts',
    find: 'const tag = await lake.tagOf(this.#key);',
    replace: 'const tag = (this.#tag = await lake.tagOf(this.#key));',
    test: { file: book, name: 'could not be read after it was replaced' },
  },
];
