import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { JsonFault, skipSpace, skipValue } from '../../functions/engine/rows/json-scanner.ts';
import { UsageError } from './usage-error.ts';

const DEFAULT_FILES = ['convlake.config.ts', 'convlake.config.json'] as const;
const MODULE_EXTENSIONS: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs']);

/** What a configuration file says, not checked yet, and the file's name as people know it. */
export interface ConfigurationFile {
  readonly name: string;
  readonly says: unknown;
}

/**
 * Reads the file that `--config` names, or else the default one in the working directory: of a module the default export, of
 * `.json` the value.
 * @throws UsageError when there is none, or when it cannot be read
 */
export async function readConfigurationFile(named: string | undefined): Promise<ConfigurationFile> {
  const name = named ?? DEFAULT_FILES.find((file) => existsSync(file));
  if (name === undefined) {
    throw wrong(
      'configuration',
      `there is neither ${DEFAULT_FILES.join(' nor ')} in ${process.cwd()}; write one, or name another with --config`,
    );
  }
  const kind = extname(name).toLowerCase();
  if (!existsSync(name)) throw wrong('--config', `there is no file ${name}; write it, or name another`);
  if (MODULE_EXTENSIONS.has(kind)) return { name, says: await defaultExport(name) };
  if (kind === '.json') return { name, says: await jsonValue(name) };
  throw wrong('--config', `${name} is neither a module (${[...MODULE_EXTENSIONS].join(', ')}) nor .json`);
}

async function defaultExport(name: string): Promise<unknown> {
  let module: object;
  try {
    module = await import(pathToFileURL(resolve(name)).href);
  } catch (error) {
    throw wrong(
      name,
      `cannot be loaded: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    );
  }
  if ('default' in module) return module.default;
  throw wrong(name, 'has no default export; write: export default defineConfig({ … })');
}

async function jsonValue(name: string): Promise<unknown> {
  const text = await readFile(name, 'utf8').catch((error: unknown) => {
    throw wrong(name, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const json = text.replace(/^\uFEFF/, ''); // Windows editors put it there
  try {
    return JSON.parse(json);
  } catch {
    throw wrong(name, `is not JSON: ${whereNotJson(json)}`);
  }
}

/** `JSON.parse` names no position for most mistakes, and shows the text around it instead, where a key may stand. */
function whereNotJson(json: string): string {
  const bytes = Buffer.from(json);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    const end = skipSpace(view, skipValue(view, skipSpace(view, 0, bytes.length), bytes.length), bytes.length);
    return `expected nothing more ${place(bytes, end)}`;
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    return `expected ${error.expected} ${place(bytes, error.at)}`;
  }
}

function place(bytes: Buffer, at: number): string {
  const before = bytes.toString('utf8', 0, at).split('\n');
  return `in line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function wrong(path: string, message: string): UsageError {
  return new UsageError([{ path, message }]);
}
