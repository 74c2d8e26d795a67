import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfiguration } from '../../infra/read-configuration.ts';
import { streamOf } from './support/stack-of.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'convlake-configuration-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const good = { stage: 'prod', lake: './lake', streams: [streamOf()] };

test('reads modules and JSON alike', async () => {
  const json = await readConfiguration(file('a.json', JSON.stringify(good)));
  const module = await readConfiguration(file('a.mjs', `export default ${JSON.stringify(good)}`));

  expect(json.streams[0]?.tenant).toBe('tenant-alpha');
  expect(module).toEqual(json);
});

test('fails with every problem of a configuration, and the file that has them', async () => {
  const path = file('bad.json', JSON.stringify({ ...good, stage: '', streams: [streamOf({ every: 'often' })] }));

  await expect(readConfiguration(path)).rejects.toThrow(
    /bad\.json is no configuration:\n- stage: .*\n- streams\[0\]\.every: "often" is no duration/,
  );
});

test.each([
  ['missing.json', 'cannot be read; name a configuration with -c config=<file>'],
  ['missing.ts', 'cannot be loaded; name a configuration with -c config=<file>'],
  ['convlake.yaml', 'is neither a module (.ts, .mts, .js, .mjs) nor .json'],
])('fails for %s with what to do', async (name, message) => {
  const path = join(folder, name);

  await expect(readConfiguration(path)).rejects.toThrow(new Error(`${path} ${message}`));
});

test('fails for a module without a default export, and for text that is not JSON without showing it', async () => {
  const module = file('none.mjs', 'export const a = 1');
  const json = file('not.json', '{"credential": sk-123');

  await expect(readConfiguration(module)).rejects.toThrow(
    'has no default export; write: export default defineConfig({ … })',
  );
  await expect(readConfiguration(json)).rejects.toThrow(new Error(`${json} is not JSON`));
});
