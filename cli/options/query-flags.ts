import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Problem } from '../../contract/configuration/configuration.ts';
import { FORMATS, type Format } from '../query/output/formats.ts';
import type { Question } from '../query/session.ts';

/** The options of `query` as they were written. */
export interface QueryFlags {
  readonly config?: string;
  readonly lake?: string;
  readonly file?: string;
  readonly format?: string;
  /** True without a name. */
  readonly named?: string | true;
  readonly tables?: true;
  readonly describe?: string;
}

/** Where SQL that is not an argument comes from. */
export interface QueryInput extends AsyncIterable<string | Uint8Array> {
  readonly isTTY?: boolean;
}

/** The format that was asked for; a problem on the list for one that there is not. */
export function readFormat({ format = 'table' }: QueryFlags, problems: Problem[]): Format {
  const known = FORMATS.find((one) => one === format);
  if (known) return known;
  problems.push({
    path: '--format',
    message: `${JSON.stringify(format)} is not a format; write ${FORMATS.slice(0, -1).join(', ')} or ${FORMATS.at(-1)}`,
  });
  return 'table';
}

/** What is asked: exactly one thing; undefined, on a terminal, for what is to be typed there. */
export async function readQuestion(
  sql: string | undefined,
  flags: QueryFlags,
  input: QueryInput,
  problems: Problem[],
): Promise<Question | undefined> {
  const { file, named, tables, describe } = flags;
  const asked = Object.entries({
    SQL: sql,
    '--file': file,
    '--named': named,
    '--tables': tables,
    '--describe': describe,
  })
    .filter(([, value]) => value !== undefined)
    .map(([option]) => option);
  if (asked.length > 1) {
    problems.push({ path: asked.join(' and '), message: 'are one question each; ask one' });
    return undefined;
  }
  if (tables) return { asks: 'tables' };
  if (named !== undefined) return named === true ? { asks: 'named queries' } : { asks: 'named', name: named };
  if (describe !== undefined) return { asks: 'columns', table: describe };
  if (sql === undefined && file === undefined && input.isTTY) return undefined;
  return { asks: 'sql', sql: await readSql(sql, file, input, problems) };
}

async function readSql(
  sql: string | undefined,
  file: string | undefined,
  input: QueryInput,
  problems: Problem[],
): Promise<string> {
  const [path, written] = sql !== undefined ? ['SQL', sql] : await readFrom(file, input, problems);
  if (written?.trim() === '') {
    const message = 'is empty; write a query, such as: convlake query "SELECT * FROM convlake_runs"';
    problems.push({ path, message });
  }
  return written ?? '';
}

async function readFrom(
  file: string | undefined,
  input: QueryInput,
  problems: Problem[],
): Promise<readonly [path: string, written: string | undefined]> {
  if (file === undefined) return ['standard input', await text(input)];
  try {
    return ['--file', await readFile(file, 'utf8')];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    problems.push({ path: '--file', message: `${JSON.stringify(file)} cannot be read${code}` });
    return ['--file', undefined];
  }
}
