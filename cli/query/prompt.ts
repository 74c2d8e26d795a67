import { createInterface, type Interface } from 'node:readline/promises';
import { ConvlakeError } from '../../functions/engine/errors.ts';
import { FORMATS, type Format } from './output/formats.ts';
import { QueryError } from './query-error.ts';
import { ask, type Question, type Session } from './session.ts';
import { statementsIn } from './statements.ts';

/** What a conversation at a terminal needs. */
export interface PromptProps {
  readonly session: Session;
  readonly format: Format;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Lines typed before, newest first. */
  readonly history: readonly string[];
  /** Ends the statement that is being run. */
  readonly interrupt: () => void;
}

const HISTORY_LINES = 1000;
const FIRST = 'convlake> ';
const NEXT = '     ...> ';

const HELP = `A statement ends with a semicolon, and may take several lines. It is DuckDB's SQL.
  .tables            the tables, and what each holds
  .describe TABLE    its columns, with their types in Athena
  .named [NAME]      runs a named query; without a name, lists them
  .format FORMAT     ${FORMATS.join(', ')}
  .exit              so does Ctrl-D; Ctrl-C ends what is being run or typed
`;

/** Reads statements from a terminal until it is left, and resolves to the lines typed, newest first. */
export async function runPrompt(props: PromptProps): Promise<readonly string[]> {
  const { input, output, session } = props;
  let typed = [...props.history];
  const terminal = createInterface({
    input,
    output,
    prompt: FIRST,
    history: typed,
    historySize: HISTORY_LINES,
    removeHistoryDuplicates: true,
    completer: (line: string) => completions(session, line),
  });
  terminal.on('history', (lines: string[]) => {
    typed = [...lines];
  });
  output.write('SQL over the lake. A statement ends with a semicolon; .help says what else there is.\n');
  await converse(terminal, props);
  return typed;
}

async function converse(terminal: Interface, { session, output, interrupt, ...props }: PromptProps): Promise<void> {
  let format = props.format;
  let pending = '';
  let running: AbortController | undefined;
  // Lines that were there before the end of the input are still to be read.
  let isOpen = true;
  const promptFor = (text: string) => {
    terminal.setPrompt(text);
    if (isOpen) terminal.prompt();
  };
  terminal.on('close', () => {
    isOpen = false;
  });
  terminal.on('SIGINT', () => {
    if (running) {
      running.abort();
      return interrupt();
    }
    pending = '';
    output.write('\n');
    terminal.write(null, { ctrl: true, name: 'u' });
    promptFor(FIRST);
  });
  const lines = terminal[Symbol.asyncIterator](); // begun before anything is asked for, so that no line is missed
  promptFor(FIRST);
  for await (const line of lines) {
    const command = pending === '' ? commandIn(line, output) : undefined;
    if (command && 'leaves' in command) break;
    if (command && 'format' in command) format = command.format;
    const statements = statementsIn(command ? '' : `${pending}${line}\n`);
    pending = statements.rest === undefined ? '' : `${statements.rest}\n`;
    const asked =
      command && 'asks' in command ? [command] : statements.complete.map((sql) => ({ asks: 'sql', sql }) as const);
    running = new AbortController();
    for (const question of asked) {
      const { signal } = running;
      await ask({ ...session, signal }, question, format).catch((error: unknown) => {
        session.printer.say(signal.aborted ? 'interrupted' : problemOf(error));
      });
      if (signal.aborted) break;
    }
    running = undefined;
    promptFor(pending === '' ? FIRST : NEXT);
  }
  terminal.close();
}

/** What was wrong with one question is no reason to leave. */
function problemOf(error: unknown): string {
  if (error instanceof QueryError || error instanceof ConvlakeError) return error.message;
  throw error;
}

/** What a line asks for that is not SQL. */
type Command = Question | { readonly format: Format } | { readonly leaves: true } | { readonly helped: true };

/** What a line that begins with a dot asks for; undefined for SQL. */
function commandIn(line: string, output: NodeJS.WritableStream): Command | undefined {
  const [word = '', name] = line.trim().replace(/;$/, '').split(/\s+/);
  if (/^[.]?(exit|quit)$/.test(word)) return { leaves: true };
  if (!word.startsWith('.')) return undefined;
  if (word === '.tables') return { asks: 'tables' };
  if (word === '.named') return name === undefined ? { asks: 'named queries' } : { asks: 'named', name };
  if (word === '.describe' && name !== undefined) return { asks: 'columns', table: name };
  const format = word === '.format' ? FORMATS.find((one) => one === name) : undefined;
  if (format) return { format };
  output.write(HELP);
  return { helped: true };
}

/** Names of tables, columns and named queries that begin as the last word does. */
function completions({ catalogue }: Session, line: string): [string[], string] {
  const [word = ''] = /[\w.]*$/.exec(line) ?? [];
  const { views, raw } = catalogue.tables;
  const names = [
    ...[...views, ...raw].map(({ name }) => name),
    ...views.flatMap(({ columns }) => columns.map(({ name }) => name)),
    ...catalogue.queries.map(({ name }) => name),
    '.tables',
    '.describe',
    '.named',
    '.format',
    '.exit',
  ];
  const fit = word === '' ? [] : [...new Set(names)].filter((name) => name.startsWith(word));
  return [fit.sort(), word];
}
