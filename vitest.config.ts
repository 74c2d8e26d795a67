import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Only to end what hangs: no test may pass or fail by the clock. On two cores beside twenty other busy programs the kills of
    // real processes have taken half an hour, and tests that take seconds alone more than a minute.
    testTimeout: 7_200_000,
    hookTimeout: 7_200_000,
  },
});
