import { type GenericFormatter, MultiBar, type SingleBar } from 'cli-progress';
import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import { stateText } from './progress-lines.ts';
import { endingLine, type ProgressView } from './progress-view.ts';
import type { StreamProgress } from './stream-progress.ts';
import { nameOf } from './words.ts';

const BAR_LETTERS = 16;

/** A bar for each stream that runs, for a terminal. A stream that ended leaves a line above the bars. */
export function progressBars(
  terminal: NodeJS.WriteStream,
  streams: readonly StreamConfiguration[],
  now: () => number,
): ProgressView {
  const bars = new MultiBar({
    stream: terminal,
    format: drawBar,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
  });
  const running = new Map<StreamConfiguration, { readonly bar: SingleBar; readonly progress: StreamProgress }>();
  const nameLetters = Math.max(...streams.map((stream) => nameOf(stream).length));
  // Between events too: a wait counts down, a rate falls.
  const timer = setInterval(() => {
    for (const stream of running.keys()) redraw(stream);
  }, 500).unref();

  function redraw(stream: StreamConfiguration): void {
    const shown = running.get(stream);
    if (!shown) return;
    const { bar, progress } = shown;
    bar.setTotal(Math.max(1, progress.windows));
    bar.update(progress.windowsRead, { text: stateText(progress, now()) });
  }
  return {
    began(stream, progress) {
      const bar = bars.create(1, 0, { name: nameOf(stream).padEnd(nameLetters), text: 'begins' });
      running.set(stream, { bar, progress });
    },
    moved: redraw,
    ended(stream, result) {
      const shown = running.get(stream);
      running.delete(stream);
      if (shown) bars.remove(shown.bar);
      bars.log(`${endingLine(stream, result)}\n`);
    },
    say: (text) => bars.log(`${text}\n`),
    close() {
      clearInterval(timer);
      bars.update(); // prints what was said last
      bars.stop();
    },
  };
}

const drawBar: GenericFormatter = (
  _,
  { value, total },
  { name, text }: { readonly name: string; readonly text: string },
) => {
  const full = Math.round((Math.min(value, total) / total) * BAR_LETTERS);
  return `${name} ${'█'.repeat(full)}${'░'.repeat(BAR_LETTERS - full)} ${text}`;
};
