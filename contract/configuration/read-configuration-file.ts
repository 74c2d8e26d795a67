/**
 * Reads the file that a configuration is written in, for the command line and for the synthesis of the stack. It alone of contract/
 * touches files, so functions must not load it.
 */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ParseError } from 'jsonc-parser';
import type { Problem } from './configuration.ts';

/** What a file holds, not checked yet; or why it cannot be read. */
type ConfigurationFile = { readonly input: unknown } | { readonly problem: Problem };

const MODULES: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs']);

/** What is read from the working directory where no file is named; the first that is there. */
const DEFAULT_FILES = ['convlake.config.ts', 'convlake.config.json'] as const;

/** The file to read where none is named, or why there is none. `option` is how one can be named, such as `--config`. */
export function defaultConfigurationFile(option: string): { readonly file: string } | { readonly problem: Problem } {
  const file = DEFAULT_FILES.find((name) => existsSync(name));
  if (file !== undefined) return { file };
  const message = `there is neither ${DEFAULT_FILES.join(' nor ')} in ${process.cwd()}; write one, or name another with ${option}`;
  return { problem: { path: 'configuration', message } };
}

/**
 * Reads a configuration file: of a module the default export, of `.json` the value. Throws nothing. `option` is how the file was
 * named, such as `--config`: it is the path of the problem where another file should have been named.
 */
export async function readConfigurationFile(file: string, option: string): Promise<ConfigurationFile> {
  const kind = extname(file).toLowerCase();
  if (!existsSync(file)) return problem(option, `there is no file ${file}; write it, or name another`);
  if (MODULES.has(kind)) return defaultExport(file);
  if (kind === '.json') return jsonValue(file);
  return problem(option, `${file} is neither a module (${[...MODULES].join(', ')}) nor .json`);
}

async function defaultExport(file: string): Promise<ConfigurationFile> {
  try {
    const module: object = await import(pathToFileURL(resolve(file)).href);
    if ('default' in module) return { input: module.default };
  } catch (error) {
    return problem(
      file,
      `cannot be loaded: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    );
  }
  return problem(file, 'has no default export; write: export default defineConfig({ … })');
}

async function jsonValue(file: string): Promise<ConfigurationFile> {
  let json: string;
  try {
    json = (await readFile(file, 'utf8')).replace(/^\uFEFF/, ''); // Windows editors put it there
  } catch (error) {
    return problem(file, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    return { input: JSON.parse(json) };
  } catch {
    return problem(file, `is not JSON${await whereNotJson(json)}`);
  }
}

/**
 * `JSON.parse` names no position for most mistakes, and quotes the text around it instead, where a key may stand. Its parser is loaded
 * only here: few starts of the command line need it.
 */
async function whereNotJson(json: string): Promise<string> {
  const { parse, printParseErrorCode } = await import('jsonc-parser');
  const errors: ParseError[] = [];
  parse(json, errors, { disallowComments: true });
  const [first, second] = errors.map(({ error, offset }) => ({ code: printParseErrorCode(error), offset }));
  if (!first) return '';
  // The parser says of text without quotes only that it is not a symbol, and afterwards what it had expected.
  const isName = first.code === 'InvalidSymbol' && second?.code === 'PropertyNameExpected';
  const expected = isName ? EXPECTED['PropertyNameExpected'] : EXPECTED[first.code];
  return `: expected ${expected ?? 'a value'} ${position(json, first.offset)}`;
}

/** What JSON has where the parser found a mistake, by the parser's own words for it. */
const EXPECTED: Readonly<Record<string, string>> = {
  PropertyNameExpected: 'a name',
  ColonExpected: '":"',
  CommaExpected: '","',
  CloseBraceExpected: '"," or "}"',
  CloseBracketExpected: '"," or "]"',
  EndOfFileExpected: 'nothing more',
  InvalidCommentToken: 'no comment',
  UnexpectedEndOfComment: 'no comment',
  UnexpectedEndOfString: 'the end of the string',
  UnexpectedEndOfNumber: 'a digit',
  InvalidUnicode: 'four hexadecimal digits after "\\u" in the string',
  InvalidEscapeCharacter: 'only escapes that JSON has in the string',
  InvalidCharacter: 'no control character in the string',
};

function position(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `in line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function problem(path: string, message: string): ConfigurationFile {
  return { problem: { path, message } };
}
