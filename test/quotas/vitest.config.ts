/** Runs what takes minutes of real time: an AWS account's quotas are by the second. */
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: { include: ['test/quotas/*.quota.ts'], testTimeout: 3_600_000, hookTimeout: 3_600_000 },
});
