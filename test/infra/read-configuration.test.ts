import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DeployError } from '../../infra/deployment/deploy-error.ts';
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
    /bad\.json is not a configuration:\n- stage: .*\n- streams\[0\]\.every: "often" is not a duration/,
  );
});

test.each([
  ['missing.json', (path: string) => `-c config: there is no file ${path}; write it, or name another`],
  ['missing.ts', (path: string) => `-c config: there is no file ${path}; write it, or name another`],
  ['broken.mjs', (path: string) => `${path}: cannot be loaded: Error: broken`],
  [
    'convlake.yaml',
    (path: string) => `-c config: ${path} is neither a module (.ts, .mts, .js, .mjs) nor .json or .jsonc`,
  ],
])('fails for %s with what to do', async (name, message) => {
  file('convlake.yaml', '');
  file('broken.mjs', "throw new Error('broken');");
  const path = join(folder, name);

  await expect(readConfiguration(path)).rejects.toThrow(new DeployError(message(path)));
});

test('fails for a module without a default export, and for text that is not JSON without showing it', async () => {
  const module = file('none.mjs', 'export const a = 1');
  const json = file('not.json', '{"credential": sk-123');

  await expect(readConfiguration(module)).rejects.toThrow(
    'has no default export; write: export default defineConfig({ … })',
  );
  await expect(readConfiguration(json)).rejects.toThrow(
    new DeployError(`${json}: is not JSON: expected a value in line 1, column 16`),
  );
});

test.each([
  ['{"a": tru}', 'a value in line 1, column 7'],
  ['{a: 1}', 'a name in line 1, column 2'],
  ['{"a" 1}', '":" in line 1, column 6'],
  ['{"a": 1 "b": 2}', '"," in line 1, column 9'],
  ['{"a": 1', '"," or "}" in line 1, column 8'],
  ['{"a": [1, 2', '"," or "]" in line 1, column 12'],
  ['{"a": 1,\n}', 'a name in line 2, column 1'],
  ['{\n  // why\n', '"," or "}" in line 3, column 1'],
  ['{\n  /* why\n}', 'the end of the comment in line 2, column 3'],
  ['{"a": "é\\x"}', 'only escapes that JSON has in the string in line 1, column 7'],
  ['', 'a value in line 1, column 1'],
])('says of %j what is missing where', async (text, expected) => {
  const json = file('own.json', text);

  await expect(readConfiguration(json)).rejects.toThrow(new DeployError(`${json}: is not JSON: expected ${expected}`));
});

test('reads JSON with comments, and leaves out what it says of its own schema', async () => {
  const text = JSON.stringify({ $schema: './config.schema.json', ...good }, null, 2);
  const json = await readConfiguration(file('own.jsonc', `// ours\n${text} /* end */\n`));

  expect(json.stage).toBe('prod');
  expect(json).not.toHaveProperty('$schema');
});

test('reads JSON that an editor has begun with a byte order mark', async () => {
  const json = await readConfiguration(file('bom.json', `\uFEFF${JSON.stringify(good)}`));

  expect(json.stage).toBe('prod');
});
