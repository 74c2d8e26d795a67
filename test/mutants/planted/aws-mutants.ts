import type { Mutant } from './mutant.ts';

/** Bugs in what an AWS account makes of many runs, and of a stranger's bucket. */
export const awsMutants: readonly Mutant[] = [
  {
    name: 'throttling-not-waited-out',
    why: 'of 100 tenants that start in the same minute most runs fail',
    file: 'functions/checkpoints/ssm-patience.ts',
    find: 'const MOST_WAITS_MS = 15 * 60_000;',
    replace: 'const MOST_WAITS_MS = 5_000;',
    test: { file: 'test/faults/world/account.test.ts', name: 'all catch up' },
  },
  {
    name: 'claim-read-before-it-is-noted',
    why: 'a run that finds nothing new reads three times, and SSM grants no more reads for it',
    file: 'functions/engine/run/checkpointer.ts',
    find: "      write(claimed(noted, claiming), this.#ports, 'brief'),",
    replace: "      keepCheckpoint(noted, this.#ports, { held: claiming }, 'brief'),",
    test: { file: 'test/unit/engine/checkpoint/busy-store.test.ts', name: 'is two readings and two writes' },
  },
  {
    name: 'throttled-claim-fails-the-run',
    why: 'a claim, which nothing depends on, costs the run while SSM is busy',
    file: 'functions/engine/run/checkpointer.ts',
    find: "if (!hasRecovery(error, 'retry')) throw error;",
    replace: 'throw error;',
    test: { file: 'test/unit/engine/checkpoint/busy-store.test.ts', name: 'because the store is busy is a warning' },
  },
  {
    name: 'all-tenants-started-at-once',
    why: 'hundreds of runs wait for SSM, each at the price of a run',
    file: 'functions/lambda/export/handle-export.ts',
    find: 'if (n > 0) await time.sleep(everyMs);',
    replace: 'if (n > tenants.length) await time.sleep(everyMs);',
    test: { file: 'test/unit/lambda/export/handle-export.test.ts', name: 'spreads the starts over time' },
  },
  {
    name: 'error-in-a-200-by-its-status',
    why: 'another commit that was first, told in the body of a 200, fails the run instead of being merged',
    file: 'functions/lake/s3/s3-replace.ts',
    find: 'const told = [statusOf(cause), nameOfError(cause)];',
    replace: 'const told = [statusOf(cause), nameOfError(undefined)];',
    test: { file: 'test/integration/lake/s3-lake.test.ts', name: 'begins with 200 is known by its name' },
  },
  {
    name: 'any-owner-of-the-bucket',
    why: "rows go into a stranger's bucket that took the name of one that was deleted",
    file: 'functions/lake/s3/s3-location.ts',
    find: 'owner !== undefined && {',
    replace: "owner === '' && {",
    test: { file: 'test/integration/lake/s3-lake.test.ts', name: 'is not a stranger' },
  },
];
