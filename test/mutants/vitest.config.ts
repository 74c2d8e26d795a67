/** Runs tests with the mutant that the environment names (mutants.ts) in the source. */
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { chosenMutant, mutate, root } from './mutants.ts';

const mutant = chosenMutant();
const bitten = mutant && join(root, mutant.file);

export default defineConfig({
  root,
  plugins: [
    {
      name: 'mutant',
      enforce: 'pre',
      transform: (source, id) => (mutant && id.split('?')[0] === bitten ? mutate(source, mutant) : undefined),
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    fsModuleCache: false, // it knows nothing of mutants
  },
});
