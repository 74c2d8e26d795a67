import type { RunningStatement } from '../database/lake-database.ts';
import type { List } from '../lists.ts';
import { type Format, resultWriter } from './formats.ts';

/** Where results go. */
export interface Printer {
  /** Takes a piece of a result; resolves when there is room for more, to false once nobody reads it. */
  readonly print: (text: string) => Promise<boolean>;
  /** Takes a line that is not part of a result. */
  readonly say: (line: string) => void;
}

/** Prints a list of ours in a format. */
export async function printList({ columns, rows }: List, format: Format, { print }: Printer): Promise<void> {
  const writer = resultWriter(
    format,
    columns.map((name) => ({ name })),
  );
  await print(writer.head + writer.rows(rows) + writer.end());
}

/**
 * Prints the rows of a statement as they come, for as long as somebody reads them, and says what is to be told of them.
 * @throws QueryError
 */
export async function printResult(statement: RunningStatement, format: Format, { print, say }: Printer): Promise<void> {
  const { columns, rows } = statement;
  const writer = resultWriter(format, columns);
  let isRead = columns.length === 0 || (await print(writer.head));
  if (isRead) {
    for await (const some of rows) {
      isRead = await print(writer.rows(some));
      if (!isRead) break;
    }
  }
  if (columns.length > 0) await print(writer.end());
  const notes = [writer.note(), ...(await statement.notes())].filter((note) => note !== undefined);
  for (const note of notes) say(`note: ${note}`);
}
