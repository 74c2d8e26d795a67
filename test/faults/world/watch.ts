import { SingleBar } from 'cli-progress';
import { about, counted } from '../../../cli/output/words.ts';
import type { Crew } from '../crew.ts';
import type { HistoryTally } from '../judge/tally.ts';

const LINES_EVERY_MS = 5_000;
const BAR_EVERY_MS = 250;
/** A history that takes longer than this is named. */
const SLOW_MS = 30_000;

/** What is watched. */
export interface Watched {
  readonly tally: HistoryTally;
  readonly crew: Pick<Crew, 'underWay'>;
  readonly runs: number;
  readonly beganAt: number;
}

/** Shows how far it is: a bar on a terminal, else plain lines, on standard error. Ends when what it returns is called. */
export function watch(watched: Watched): () => void {
  const terminal = process.stderr;
  if (!terminal.isTTY || process.env['TERM'] === 'dumb') {
    const timer = setInterval(() => terminal.write(`${progressText(watched, Date.now())}\n`), LINES_EVERY_MS);
    return () => clearInterval(timer);
  }
  const bar = new SingleBar({ stream: terminal, format: '{bar} {text}', barsize: 16, clearOnComplete: true });
  bar.start(watched.runs, 0, { text: 'begins' });
  const draw = () => bar.update(watched.tally.histories, { text: progressText(watched, Date.now()) });
  const timer = setInterval(draw, BAR_EVERY_MS);
  return () => {
    clearInterval(timer);
    bar.stop();
  };
}

/** `1,200 of 3,000 histories, 0 broken, 14.2/s, about 2 min to go`; and which of those under way takes long. */
function progressText({ tally, crew, runs, beganAt }: Watched, now: number): string {
  const perMs = tally.histories / Math.max(1, now - beganAt);
  const slow = [...crew.underWay].filter(([, at]) => now - at > SLOW_MS);
  return [
    `${counted(tally.histories)} of ${counted(runs)} histories`,
    `${counted(tally.broken)} broken`,
    `${(perMs * 1000).toFixed(1)}/s`,
    ...(perMs > 0 ? [`about ${about((runs - tally.histories) / perMs)} to go`] : []),
    ...slow.map(([seed, at]) => `seed ${seed} takes ${about(now - at)} already`),
  ].join(', ');
}
