import { setTimeout as sleep } from 'node:timers/promises';

/** The part of a terminal that redrawing needs. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * Draws what `frame` gives again and again, `everyMs` apart, from the top of the screen, until the signal is aborted.
 * @throws what `frame` throws
 */
export async function redraw(
  frame: () => Promise<readonly string[]>,
  screen: Screen,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { promise: ended, resolve: end } = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => end(undefined));
  if (signal.aborted) end(undefined);
  for (;;) {
    const lines = await Promise.race([frame(), ended]);
    if (lines === undefined) return;
    const drawn = fitting(lines, screen).map((line) => `${line}${CLEAR_LINE}\n`);
    screen.write(`${HOME}${drawn.join('')}${CLEAR_BELOW}`);
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

/** The lines that the screen has room for, where long ones take several of its own; the last of them says what is missing. */
function fitting(lines: readonly string[], { columns, rows }: Screen): readonly string[] {
  const heightOf = (line: string) => Math.max(1, Math.ceil(line.length / columns));
  const total = lines.reduce((sum, line) => sum + heightOf(line), 0);
  const room = rows - 1; // the cursor rests below
  if (total <= room) return lines;
  let left = room - 1;
  const fit = lines.findIndex((line) => {
    left -= heightOf(line);
    return left < 0;
  });
  return [...lines.slice(0, fit), `… ${lines.length - fit} more lines; convlake status without --watch shows them`];
}
