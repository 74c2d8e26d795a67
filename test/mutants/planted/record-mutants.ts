import type { Mutant } from './mutant.ts';

const RECORDS = 'test/unit/engine/records.test.ts';

/** Bugs of whose a record is: what was read of something else counts as read. */
export const recordMutants: readonly Mutant[] = [
  {
    name: 'backfill-goes-on-in-another-lake',
    why: 'a backfill that was cut short leaves a hole in the lake that it is continued in',
    file: 'functions/engine/checkpoint/backfill-beginning.ts',
    find: 'if (!otherLake && start === span.from',
    replace: 'if (start === span.from',
    test: { file: RECORDS, name: 'of another lake is refused' },
  },
  {
    name: 'backfill-record-never-ages',
    why: 'a backfill that is continued after months keeps rows as they were then',
    file: 'functions/engine/checkpoint/backfill-beginning.ts',
    find: 'if (restedMs <= LONGEST_REST_MS &&',
    replace: 'if (restedMs <= 52 * LONGEST_REST_MS &&',
    test: { file: RECORDS, name: 'rested for more than a week' },
  },
  {
    name: 'backfill-begins-anew-behind-the-old-watermark',
    why: 'the record that was given up is taken for that of another run, and what is before its watermark counts as read',
    file: 'functions/engine/checkpoint/backfill-beginning.ts',
    find: '  await checkpoints.remove();\n  return undefined;',
    replace: '  return { ...base, updatedAt: clock.now() };',
    test: { file: RECORDS, name: 'rested for more than a week' },
  },
  {
    name: 'record-of-another-tenant',
    why: 'a checkpoint that was copied from another tenant leaves out what that one had read',
    file: 'functions/engine/checkpoint/record.ts',
    find: 'if (expected === undefined || told === expected) return;',
    replace: "if (expected !== 'nobody') return;",
    test: { file: 'test/unit/engine/checkpoint/codec.test.ts', name: 'reads its own records and no other ones' },
  },
  {
    name: 'rewind-of-another-lake',
    why: 'an order for one lake sets back a stream that goes to another',
    file: 'functions/engine/checkpoint/beginning.ts',
    find: 'if (rewind && isOrdered(rewind, checkpoint)) refuseOthersRewind(rewind, settings);',
    replace: '',
    test: { file: RECORDS, name: 'for another lake is refused, by both names and with the command that orders' },
  },
];
