import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Only to end what hangs: no test may pass or fail by the clock. Tests that take seconds alone have taken more than a
    // minute beside ten other busy programs on two cores, and some take minutes alone.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
  },
});
