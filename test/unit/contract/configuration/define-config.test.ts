import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../../contract/configuration/parse-configuration.ts';
import example from '../../../../examples/convlake.config.ts';

const root = new URL('../../../../', import.meta.url);

describe('the example', () => {
  it('imports defineConfig by a name that holds wherever in the clone it is copied to', () => {
    const written = readFileSync(new URL('examples/convlake.config.ts', root), 'utf8');
    const imported = [...written.matchAll(/from '([^']+)'/g)].map(([, name]) => name);

    expect(imported).toEqual(['@convlake/convlake/config']);
    expect(createRequire(new URL('convlake.config.ts', root)).resolve('@convlake/convlake/config')).toBe(
      fileURLToPath(new URL('contract/configuration/define-config.ts', root)),
    );
  });

  it('has no problems', () => {
    expect(parseConfiguration(example)).toHaveProperty('configuration');
  });
});
