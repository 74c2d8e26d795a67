import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { progressBars } from './progress-bars.ts';
import { progressLines } from './progress-lines.ts';
import type { ProgressView } from './progress-view.ts';

/** Bars where standard error is a terminal that has room for them, else plain lines. */
export function openProgressView(streams: readonly StreamConfiguration[]): ProgressView {
  const terminal = process.stderr;
  const drawable = terminal.isTTY && process.env['TERM'] !== 'dumb' && streams.length < terminal.rows - 2;
  if (drawable) return progressBars(terminal, streams, Date.now);
  return progressLines((line) => terminal.write(`${line}\n`), Date.now);
}
