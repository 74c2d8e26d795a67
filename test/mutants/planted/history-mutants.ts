import type { Mutant } from './mutant.ts';

const file = 'test/unit/engine/run/history.test.ts';

/** Bugs of the history that a stream has whose first run began near to now: a part of it is never read, or what is new waits for it. */
export const historyMutants: readonly Mutant[] = [
  {
    name: 'history-forgotten-when-a-run-ends',
    why: 'a first load that takes more than one run ends with its first',
    file: 'functions/engine/run/progress.ts',
    find: 'return plan.history && !history.isDone ?',
    replace: 'return plan.history && !history.hasMoved ?',
    test: { file, name: 'gets through its history in short runs' },
  },
  {
    name: 'history-past-uncommitted-windows',
    why: 'a run that dies in a window of the history loses it for good',
    file: 'functions/engine/run/progress.ts',
    find: 'to: history.reached }',
    replace: 'to: history.firstOpen?.task.from ?? history.reached }',
    test: { file, name: 'loses nothing wherever a run of it dies' },
  },
  {
    name: 'history-of-the-other-run-dropped',
    why: 'of two first runs the later watermark stays with the earlier history, and what lies between is never read',
    file: 'functions/engine/run/checkpointer.ts',
    find: 'const history = other ? unreadByBoth(checkpoint, other) : own;',
    replace: 'const history = own;',
    test: { file, name: 'where two first runs begin one after the other' },
  },
  {
    name: 'history-beside-what-is-new',
    why: 'years of history take the budget of the vendor while readers wait for today',
    file: 'functions/engine/run/tasks/ledger.ts',
    find: '...(isLiveDone && revisits.isDone ? [history] : [])',
    replace: 'history',
    test: { file, name: 'reads nothing of its history before what is new is in the lake' },
  },
  {
    name: 'history-oldest-first',
    why: 'last week is loaded after the years before it',
    file: 'functions/engine/plan/plan.ts',
    find: "windowTasks('history', cutWindowsBackwards(left, windowMs, growthOf(settings)))",
    replace: "windowTasks('history', cutWindows(left, windowMs, growthOf(settings)))",
    test: { file, name: 'has what is new first, then its history, newest day first' },
  },
  {
    name: 'first-walk-not-remembered',
    why: 'after a quiet weekend the walk by version begins at start, and today comes after years',
    file: 'functions/engine/run/progress.ts',
    find: 'const seen = base ? base.seen : plan.history && plan.watermark;',
    replace: 'const seen = base?.seen;',
    test: { file, name: 'leaves the walk of the next run to begin where the first one did' },
  },
  {
    name: 'history-counts-as-seen',
    why: 'rows that the vendor did not show while a first walk was read are passed over, as an old one changed later than they',
    file: 'functions/engine/run/tally.ts',
    find: "if (kind !== 'history') this.newestVersion",
    replace: 'this.newestVersion',
    test: { file, name: 'says nothing of how far changes have been read' },
  },
  {
    name: 'history-lost-by-a-rewind',
    why: 'a person orders a day to be read again, and the years before are never read',
    file: 'functions/engine/checkpoint/rewind.ts',
    find: '    ...(left && { history: left }),\n',
    replace: '',
    test: { file: 'test/unit/engine/checkpoint/rewind.test.ts', name: 'keeps of a history what lies before it' },
  },
];
