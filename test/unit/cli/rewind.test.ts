import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rewindCommand } from '../../../cli/commands/rewind-command.ts';
import { testFolder } from '../../support/lake/file-lake.ts';

const OF = { stream: 'crescendo.vocconv', credential: 'env:KEY', start: '2026-01-01T00:00:00Z' };

/** A configuration of tenants, with the options of a rewind to `to`. */
async function rewindOf(tenants: readonly string[], to: string) {
  const config = join(await testFolder(), 'convlake.config.json');
  const streams = tenants.map((tenant) => ({ ...OF, tenant }));
  await writeFile(config, JSON.stringify({ stage: 'test', lake: './lake', streams }));
  return { config, to, yes: true } as const;
}

test.each([
  ['of several streams', ['a', 'b'], '2026-01-01', {}, /^--all: is missing; 2 streams would be set back/],
  [
    'before their start',
    ['a'],
    '2025-12-31T23:59:59Z',
    {},
    /^--to: lies before the start of crescendo\.vocconv of a, 2026-01-01 00:00:00Z; .* --force/,
  ],
  [
    'of several before their start',
    ['a', 'b'],
    '2025-01-01',
    { all: true },
    /^--to: lies before the start of .* of a, .* \(1 other too\)/,
  ],
  ['of several before their start, not meant at all', ['a', 'b'], '2025-01-01', {}, /^--to: .*\n--all: /],
] as const)('a rewind %s has to be meant', async (_, tenants, to, said, message) => {
  const flags = await rewindOf(tenants, to);

  await expect(rewindCommand({ ...flags, ...said })).rejects.toThrow(message);
});

test.each([
  [['a'], '2026-01-01', {}],
  [['a'], '2025-01-01', { force: true }],
  [['a', 'b'], '2026-01-01', { all: true }],
  [['a', 'b'], '2025-01-01', { all: true, force: true }],
  [['a', 'b'], '2026-01-01', { tenant: ['b'] }],
] as const)('a rewind of %j to %s is done with %j', async (tenants, to, said) => {
  const flags = await rewindOf(tenants, to);

  expect(await rewindCommand({ ...flags, ...said })).toBe(0);
});
