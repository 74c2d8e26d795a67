import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Configuration } from '../contract/configuration/configuration.ts';
import { parseConfiguration } from '../contract/configuration/parse-configuration.ts';

/**
 * Reads a configuration file: of a module the default export, of `.json` the value.
 * @throws Error naming the file and everything that is wrong with it
 */
export async function readConfiguration(file: string): Promise<Configuration> {
  const parsed = parseConfiguration(await says(file));
  if ('configuration' in parsed) return parsed.configuration;
  const problems = parsed.problems.map(({ path, message }) => `- ${path}: ${message}`);
  throw new Error(`${file} is no configuration:\n${problems.join('\n')}`);
}

async function says(file: string): Promise<unknown> {
  if (/\.m?[jt]s$/.test(file)) return defaultExport(file);
  if (!file.endsWith('.json')) throw new Error(`${file} is neither a module (.ts, .mts, .js, .mjs) nor .json`);
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    // What JSON.parse says quotes the text around the mistake, where a key may stand.
    if (error instanceof SyntaxError) throw new Error(`${file} is not JSON`);
    throw new Error(`${file} cannot be read; name a configuration with -c config=<file>`, { cause: error });
  }
}

async function defaultExport(file: string): Promise<unknown> {
  let module: object;
  try {
    module = await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    throw new Error(`${file} cannot be loaded; name a configuration with -c config=<file>`, { cause: error });
  }
  if ('default' in module) return module.default;
  throw new Error(`${file} has no default export; write: export default defineConfig({ … })`);
}
