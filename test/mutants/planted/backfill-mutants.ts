import type { Mutant } from './mutant.ts';

const EXECUTION = 'test/infra/backfill/backfill-execution.test.ts';
const ROUNDS = 'test/infra/backfill/backfill-rounds.test.ts';

/** Bugs of backfills on AWS: what failed ends others, or is forgotten. */
export const backfillMutants: readonly Mutant[] = [
  {
    name: 'failed-span-ends-its-item',
    why: 'a span that fails stops the others of its credential, and what they had left is not in the list',
    file: 'infra/backfill/read-item.ts',
    find: "Catch: [{ ErrorEquals: ['States.ALL'], Output: FAILED, Next: 'NotRead' }],",
    replace: "Catch: [{ ErrorEquals: ['Never'], Output: FAILED, Next: 'NotRead' }],",
    test: { file: EXECUTION, name: 'keep what was read before them' },
  },
  {
    name: 'failed-item-ends-the-backfill',
    why: 'an item that comes to a limit of Step Functions ends all others',
    file: 'infra/backfill/backfill-definition.ts',
    find: 'ToleratedFailurePercentage: 100,',
    replace: 'ToleratedFailurePercentage: 0,',
    test: { file: EXECUTION, name: 'of a whole item, which said nothing of its spans' },
  },
  {
    name: 'failures-are-told-for-ever',
    why: 'no redrive ever reads what failed',
    file: 'functions/lambda/backfill-plan/backfill-steps.ts',
    find: 'if (redrives === progress.redrives) throw',
    replace: 'if (redrives >= progress.redrives) throw',
    test: { file: EXECUTION, name: 'its redrive reads what is in it' },
  },
  {
    name: 'failures-of-earlier-rounds-forgotten',
    why: 'a backfill of two rounds says that it read what failed in the first',
    file: 'functions/lambda/backfill-plan/backfill-steps.ts',
    find: 'const failed = [...rest.failed, ...results.failed];',
    replace: 'const failed = results.failed;',
    test: { file: ROUNDS, name: 'keeps what failed in an earlier round' },
  },
  {
    name: 'history-too-long',
    why: 'the execution of an item ends at 25,000 events, and all of it is read again',
    file: 'functions/lambda/backfill-plan/work.ts',
    find: 'SPANS_PER_ITEM = 40',
    replace: 'SPANS_PER_ITEM = 60',
    test: { file: ROUNDS, name: 'stays below the events of one history' },
  },
  {
    name: 'backfill-redriven-into-another-lake',
    why: 'half of a backfill lies in the lake that the stage had, half in the one that it has now',
    file: 'functions/lambda/export/export-request.ts',
    find: 'if (lake !== undefined && lake !== own) {',
    replace: 'if (lake === undefined) {',
    test: { file: EXECUTION, name: 'after a deploy to another lake' },
  },
  {
    name: 'one-budget-bounds-all',
    why: 'the most careful stream makes all others as slow as itself',
    file: 'functions/lambda/backfill-plan/work.ts',
    find: '...work.map((one) => one.concurrency));',
    replace: '1);',
    test: { file: EXECUTION, name: 'is the concurrency of each stream' },
  },
];
