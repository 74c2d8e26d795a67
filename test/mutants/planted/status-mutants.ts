import type { Mutant } from './mutant.ts';

const judging = 'test/unit/cli/status/judge.test.ts';
const reading = 'test/unit/cli/status/recent-runs.test.ts';

/** Bugs of what people are told: a stream that fails looks well, and a slip sets back more than was meant. */
export const statusMutants: readonly Mutant[] = [
  {
    name: 'failing-stream-looks-well',
    why: 'every run fails, and status says ok for as long as the watermark is young',
    file: 'cli/status/judge.ts',
    find: '  if (failing(runs)) return { health',
    replace: '  if (failing(runs) && !checkpoint) return { health',
    test: { file: judging, name: 'one whose last run failed, however fresh it is' },
  },
  {
    name: 'check-passes-for-late',
    why: 'a script that guards freshness is told that all is well',
    file: 'cli/status/judge.ts',
    find: "return health === 'ok' || health === 'paused';",
    replace: "return health === 'ok' || health === 'paused' || health === 'late';",
    test: { file: judging, name: 'lets a check pass for ok and paused' },
  },
  {
    name: 'backfills-judge-a-stream',
    why: 'a backfill that went well hides that the runs of the schedule fail',
    file: 'cli/status/recent-runs.ts',
    find: "purpose !== 'live' || typeof",
    replace: "purpose === 'none' || typeof",
    test: { file: reading, name: 'are neither backfills nor runs that did nothing' },
  },
  {
    name: 'failed-beginning-not-reported',
    why: 'a stream whose checkpoint cannot be read fails without a trace in the lake',
    file: 'functions/engine/export-stream.ts',
    find: '    if (error instanceof ConvlakeError) {',
    replace: '    if (error instanceof TypeError) {',
    test: { file: 'test/unit/engine/run/report.test.ts', name: 'is left where the checkpoint fails' },
  },
  {
    name: 'rewind-of-all-unasked',
    why: 'a rewind that was meant for one stream has every stream read its months again',
    file: 'cli/commands/rewind-command.ts',
    find: 'if (streams.length > 1 && !all) {',
    replace: 'if (streams.length > 100 && !all) {',
    test: { file: 'test/unit/cli/rewind.test.ts', name: 'a rewind of several streams has to be meant' },
  },
  {
    name: 'lake-where-it-is-typed',
    why: 'the folder of a lake depends on where the command is typed, and each place gets a lake of its own',
    file: 'cli/options/prepare.ts',
    find: ': join(folder, lake)',
    replace: ': lake',
    test: { file: 'test/unit/cli/prepare.test.ts', name: 'a lake lies beside the file that names it' },
  },
];
