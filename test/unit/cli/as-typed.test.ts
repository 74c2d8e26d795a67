import { expect, test } from 'vitest';
import { asTyped } from '../../../cli/options/as-typed.ts';

const MESSAGE = 'read it again: convlake backfill --stream s --tenant t --from a --to b';

test.each([
  ['nothing else', {}, 'npx convlake backfill --stream s'],
  ['the configuration', { config: 'own.json' }, 'npx convlake backfill --config own.json --stream s'],
  ['the lake', { lake: 's3://bucket/prefix' }, 'npx convlake backfill --lake s3://bucket/prefix --stream s'],
  ['both', { config: 'a.ts', lake: './l' }, 'npx convlake backfill --config a.ts --lake ./l --stream s'],
  [
    'a name that a shell would cut',
    { config: "it's here.json" },
    `npx convlake backfill --config 'it'\\''s here.json' --stream s`,
  ],
])('a command is given what this one was given: %s', (_, flags, command) => {
  expect(asTyped(flags)(MESSAGE)).toContain(command);
  expect(asTyped(flags)(asTyped({})(MESSAGE))).toContain(command);
});

test('leaves alone what only speaks of convlake', () => {
  const text = 'let the user that runs convlake export it; a run of convlake status tells';

  expect(asTyped({ config: 'x' })(text)).toBe(text);
});
