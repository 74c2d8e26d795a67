import type { LakeDatabase, Statement } from './database/lake-database.ts';
import { columnList, type LakeCatalogue, namedQueryList, tableList } from './lists.ts';
import type { Format } from './output/formats.ts';
import { type Printer, printList, printResult } from './output/print-result.ts';
import { UnknownNameError } from './query-error.ts';
import { statementsIn } from './statements.ts';

/** What is asked of a lake: a list of ours, a query by its name, or SQL. */
export type Question =
  | { readonly asks: 'tables' | 'named queries' }
  | { readonly asks: 'columns'; readonly table: string }
  | { readonly asks: 'named'; readonly name: string }
  | { readonly asks: 'sql'; readonly sql: string };

/** What questions are put to. */
export interface Session {
  readonly catalogue: LakeCatalogue;
  /** Opened by the first question that needs it. */
  readonly database: () => Promise<LakeDatabase>;
  readonly printer: Printer;
  /** Ends what a question takes. */
  readonly signal?: AbortSignal;
}

/**
 * Prints what a question gives.
 * @throws QueryError, ConvlakeError `lake-unavailable`
 */
export async function ask(session: Session, question: Question, format: Format): Promise<void> {
  const { catalogue, printer } = session;
  switch (question.asks) {
    case 'tables':
      return printList(tableList(catalogue), format, printer);
    case 'named queries':
      return printList(namedQueryList(catalogue), format, printer);
    case 'columns':
      return printList(columnList(catalogue, question.table) ?? unknown('table', question.table), format, printer);
    case 'named':
      return runNamed(session, question.name, format);
    case 'sql':
      return runAll(session, question.sql, format);
  }
}

async function runNamed(session: Session, name: string, format: Format): Promise<void> {
  const { sql } = session.catalogue.queries.find((query) => query.name === name) ?? unknown('named query', name);
  await run(session, { sql, dialect: 'trino' }, format);
}

/** Several statements are run one after the other; a failure ends them. */
async function runAll(session: Session, written: string, format: Format): Promise<void> {
  const { complete, rest } = statementsIn(written);
  for (const sql of rest === undefined ? complete : [...complete, rest]) await run(session, { sql }, format);
}

async function run({ database, printer, signal }: Session, statement: Statement, format: Format): Promise<void> {
  const running = await (await database()).run({ ...statement, ...(signal && { signal }) });
  await printResult(running, format, printer);
}

function unknown(kind: 'table' | 'named query', name: string): never {
  const list = kind === 'table' ? '--tables' : '--named';
  throw new UnknownNameError(`${JSON.stringify(name)} is not a ${kind} of this lake; ${list} lists what there is`);
}
