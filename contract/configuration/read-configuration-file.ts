/**
 * Reads the file that a configuration is written in, for the command line and for the synthesis of the stack. It alone of contract/
 * touches files, so functions must not load it.
 */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { ParseError } from 'jsonc-parser';
import type { Problem } from './configuration.ts';

/** What a file holds, not checked yet; or why it cannot be read. */
type ConfigurationFile = { readonly input: unknown } | { readonly problem: Problem };

const MODULES: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs']);

/** What is read from the working directory where no file is named; the first that is there. */
const DEFAULT_FILES = ['convlake.config.ts', 'convlake.config.json', 'convlake.config.jsonc'] as const;

const PLACE = /^([^\s:][^\n]*\.[cm]?[jt]s):(\d+)$|^ +at .*(file:[^\s]+?):(\d+):\d+/gm;

const JSON_FILES: ReadonlySet<string> = new Set(['.json', '.jsonc']);

/** The file to read where none is named, or why there is none. `option` is how one can be named, such as `--config`. */
export function defaultConfigurationFile(option: string): { readonly file: string } | { readonly problem: Problem } {
  const file = DEFAULT_FILES.find((name) => existsSync(name));
  if (file !== undefined) return { file };
  const message = `there is neither ${DEFAULT_FILES.slice(0, 2).join(' nor ')} in ${process.cwd()}; write one, or name another with ${option}`;
  return { problem: { path: 'configuration', message } };
}

/**
 * Reads a configuration file: of a module the default export, of `.json` and `.jsonc` the value, which may have comments. Throws nothing. `option` is how the file was
 * named, such as `--config`: it is the path of the problem where another file should have been named.
 */
export async function readConfigurationFile(file: string, option: string): Promise<ConfigurationFile> {
  const kind = extname(file).toLowerCase();
  if (!existsSync(file)) return problem(option, `there is no file ${file}; write it, or name another`);
  if (MODULES.has(kind)) return defaultExport(file);
  if (JSON_FILES.has(kind)) return jsonValue(file);
  return problem(
    option,
    `${file} is neither a module (${[...MODULES].join(', ')}) nor ${[...JSON_FILES].join(' or ')}`,
  );
}

async function defaultExport(file: string): Promise<ConfigurationFile> {
  try {
    const module: object = await import(pathToFileURL(resolve(file)).href);
    if ('default' in module) return { input: module.default };
  } catch (error) {
    if (!(error instanceof Error)) return problem(file, `cannot be loaded: ${String(error)}`);
    const where = await whereInModule(error, resolve(file));
    return problem(file, `cannot be loaded: ${error.name}: ${error.message}${where && ` (${where})`}`);
  }
  return problem(file, 'has no default export; write: export default defineConfig({ … })');
}

/**
 * Where in a module an error was made: `line 3`, or `own.ts, line 3` of a module that it imports. What stands there is not told: it may be
 * a key. Of the syntax of JavaScript the error of an import says nothing, so that Node.js checks the file once more.
 */
async function whereInModule({ name, stack = '' }: Error, file: string): Promise<string> {
  const places = placesIn(stack);
  if (places.length === 0 && name === 'SyntaxError') places.push(...placesIn(await checkedByNode(file)));
  const own = places.find((place) => place.file === file);
  const other = places.find((place) => !place.file.includes(`${sep}node_modules${sep}`));
  return own ? `line ${own.line}` : other ? `${other.file}, line ${other.line}` : '';
}

/** The places that Node.js names, of files of this machine: `/a/own.ts:3` before the text, or `at file:///a/own.ts:3:9`. */
function placesIn(text: string): { readonly file: string; readonly line: string }[] {
  return [...text.matchAll(PLACE)].flatMap(([, own, lineOfOwn, url, lineOfUrl]) => {
    const file = url === undefined ? own : fileURLToPath(url);
    const line = lineOfOwn ?? lineOfUrl;
    return file === undefined || line === undefined ? [] : [{ file, line }];
  });
}

async function checkedByNode(file: string): Promise<string> {
  const check = promisify(execFile)(process.execPath, ['--check', file]);
  return check.then(
    () => '',
    (failed: { readonly stderr?: string }) => failed.stderr ?? '',
  );
}

async function jsonValue(file: string): Promise<ConfigurationFile> {
  let json: string;
  try {
    json = (await readFile(file, 'utf8')).replace(/^\uFEFF/, ''); // Windows editors put it there
  } catch (error) {
    return problem(file, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const read = await parseJson(json);
  return 'fault' in read ? problem(file, `is not JSON: ${read.fault}`) : { input: withoutSchema(read.value) };
}

/** `JSON.parse` alone suffices for most files, and is there already. */
async function parseJson(json: string): Promise<{ readonly value: unknown } | { readonly fault: string }> {
  try {
    return { value: JSON.parse(json) };
  } catch {
    return parseWithComments(json);
  }
}

/** `JSON.parse` names no position for most mistakes either, and quotes the text around it instead, where a key may stand. */
async function parseWithComments(json: string): Promise<{ readonly value: unknown } | { readonly fault: string }> {
  const { parse, printParseErrorCode } = await import('jsonc-parser');
  const errors: ParseError[] = [];
  const value: unknown = parse(json, errors);
  const [first, second] = errors.map(({ error, offset }) => ({ code: printParseErrorCode(error), offset }));
  if (!first) return { value };
  // The parser says of text without quotes only that it is not a symbol, and afterwards what it had expected.
  const isName = first.code === 'InvalidSymbol' && second?.code === 'PropertyNameExpected';
  const expected = isName ? EXPECTED['PropertyNameExpected'] : EXPECTED[first.code];
  return { fault: `expected ${expected ?? 'a value'} ${position(json, first.offset)}` };
}

/** Editors are told by it what a file may say; it says nothing to us. */
function withoutSchema(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { $schema, ...input }: Readonly<Record<string, unknown>> = { ...value };
  return input;
}

/** What JSON has where the parser found a mistake, by the parser's own words for it. */
const EXPECTED: Readonly<Record<string, string>> = {
  PropertyNameExpected: 'a name',
  ColonExpected: '":"',
  CommaExpected: '","',
  CloseBraceExpected: '"," or "}"',
  CloseBracketExpected: '"," or "]"',
  EndOfFileExpected: 'nothing more',
  UnexpectedEndOfComment: 'the end of the comment',
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
