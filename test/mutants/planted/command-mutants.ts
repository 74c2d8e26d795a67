import type { Mutant } from './mutant.ts';

const VERIFY = 'test/unit/cli/verify/verify-stream.test.ts';
const OVERLAY = 'test/unit/cli/verify/overlay-lake.test.ts';

/** Bugs of commands that only look: what is wrong is not seen, or the looking changes it. */
export const commandMutants: readonly Mutant[] = [
  {
    name: 'keys-of-other-dates-forgotten',
    why: 'a key that stands in two dates is taken for two rows',
    file: 'functions/engine/verify/check-object.ts',
    find: 'const before = this.#keys.find(identity.key);',
    replace: 'const before = -1;',
    test: { file: VERIFY, name: 'has a key in two dates' },
  },
  {
    name: 'reports-not-read',
    why: 'a day that was removed is as good as one without conversations',
    file: 'cli/verify/reported-rows.ts',
    find: 'return report.stream === stream && Array.isArray(report.objects)',
    replace: 'return report.stream !== stream && Array.isArray(report.objects)',
    test: { file: VERIFY, name: 'lacks an object' },
  },
  {
    name: 'comparison-commits',
    why: 'whoever only looks changes the lake',
    file: 'cli/verify/overlay-lake.ts',
    find: 'const tag = await own.replace(key, undefined, pieces, provenance);',
    replace: 'const tag = await base.replace(key, expected, pieces, provenance);',
    test: { file: OVERLAY, name: 'the lake below stays as it is' },
  },
];
