import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { endingLine, type ProgressView } from './progress-view.ts';
import { sentencesOf } from './result-table.ts';
import type { StreamProgress } from './stream-progress.ts';
import { about, counted, nameOf, several } from './words.ts';

const EVERY_MS = 10_000;

/** Plain lines, for logs: when a stream begins, every 10 seconds, and when it ends. */
export function progressLines(write: (line: string) => void, now: () => number): ProgressView {
  const running = new Map<StreamConfiguration, StreamProgress>();
  const timer = setInterval(() => {
    for (const [stream, progress] of running) write(`${nameOf(stream)}: ${stateText(progress, now())}`);
  }, EVERY_MS).unref();
  return {
    began(stream, progress) {
      running.set(stream, progress);
      write(`${nameOf(stream)}: begins`);
    },
    moved: () => {},
    ended(stream, result) {
      running.delete(stream);
      for (const line of [endingLine(stream, result), ...sentencesOf(result)]) write(line);
    },
    say: write,
    close: () => clearInterval(timer),
  };
}

/** `12 of 31 windows, 10,240 rows in 103 pages, 5,120 rows/s, about 12 s to go`; and for what the stream waits. */
export function stateText(progress: StreamProgress, now: number): string {
  const { windows, windowsRead, rows, pages, waiting } = progress;
  const toGoMs = progress.timeToGoMs(now);
  return [
    `${counted(windowsRead)} of ${several(windows, 'window')}`,
    `${several(rows, 'row')} in ${several(pages, 'page')}`,
    `${counted(Math.round(progress.rowsPerSecond(now)))} rows/s`,
    ...(toGoMs === undefined ? [] : [`about ${about(toGoMs)} to go`]),
    ...(waiting && waiting.until > now ? [`waits ${about(waiting.until - now)}: ${waiting.reason}`] : []),
  ].join(', ');
}
