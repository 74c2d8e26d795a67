import { once } from 'node:events';

/** A reader of standard output that has seen enough (`| head`) is not a reason to leave rows uncommitted. */
let readerLeft = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  readerLeft = true;
});

/** Writes text and a line end to standard output, for as long as it is read. */
export function print(text: string): void {
  if (!readerLeft) process.stdout.write(`${text}\n`);
}

/** Writes a piece of a long text, no faster than it is read. Resolves to false once nobody reads it. */
export async function printPiece(text: string): Promise<boolean> {
  if (readerLeft) return false;
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain').catch(() => {}); // or its error
  return !readerLeft;
}
