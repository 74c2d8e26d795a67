import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { streams } from '../../contract/streams.ts';

test.each([...streams.keys()])('%s passes the conformance suite', (stream) => {
  const files = globSync('*.test.ts', { cwd: import.meta.dirname });
  const described = files.filter((file) =>
    new RegExp(`describe(?:Source|Details)\\('${stream}',`).test(readFileSync(join(import.meta.dirname, file), 'utf8')),
  );

  expect(described).toHaveLength(1);
});
