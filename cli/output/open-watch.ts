import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import type { Watch } from './watch.ts';
import { watchBars } from './watch-bars.ts';
import { watchLines } from './watch-lines.ts';

/** Bars where standard error is a terminal that has room for them, else plain lines. */
export function openWatch(streams: readonly StreamConfiguration[]): Watch {
  const terminal = process.stderr;
  const drawable = terminal.isTTY && process.env['TERM'] !== 'dumb' && streams.length < terminal.rows - 2;
  if (drawable) return watchBars(terminal, streams, Date.now);
  return watchLines((line) => terminal.write(`${line}\n`), Date.now);
}
