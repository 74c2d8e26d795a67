/** `node --import ./test/mutants/apply.ts …`: the mutant that the environment names is in every module that is loaded from here on. */
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chosenMutant, mutate, root } from './mutants.ts';

const mutant = chosenMutant();
if (mutant) {
  const bitten = pathToFileURL(join(root, mutant.file)).href;
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (url !== bitten) return loaded;
      if (loaded.source === undefined || loaded.source === null) throw new Error(`${mutant.file} has no source`);
      const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
      return { ...loaded, source: mutate(source, mutant) };
    },
  });
}
