import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Only to end what hangs: no test may pass or fail by the clock, and shared machines are slow.
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
