import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';
import type { StreamResult } from '../run/stream-result.ts';
import type { StreamProgress } from './stream-progress.ts';
import { counted, nameOf, several } from './words.ts';

/** Shows on standard error how a command gets on. */
export interface ProgressView {
  began(stream: StreamConfiguration, progress: StreamProgress): void;
  /** Called after each event of the stream. */
  moved(stream: StreamConfiguration): void;
  ended(stream: StreamConfiguration, result: StreamResult): void;
  /** Something that people should read: a whole line, or several. */
  say(text: string): void;
  close(): void;
}

/** `crescendo.vocconv of tenant-alpha: caught up; 10,000 rows read, 12 new, 3 changed; 2 objects written`. */
export function endingLine(stream: StreamConfiguration, { outcome, rows, objects }: StreamResult): string {
  if (outcome === 'skipped') return `${nameOf(stream)}: skipped`;
  const wrote = objects.length === 0 ? 'nothing to write' : `${several(objects.length, 'object')} written`;
  return `${nameOf(stream)}: ${outcome}; ${several(rows.read, 'row')} read, ${counted(rows.new)} new, ${counted(rows.changed)} changed; ${wrote}`;
}
