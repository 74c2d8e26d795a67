import type { Dialect, DialectSettings, Source } from '../engine/source.ts';
import { type ConfiguredStream, dialectSettings } from './stream-settings.ts';

/** How the list of a configured stream is read; that of a detail stream is its parent's, whose history is read by the rows' own time. */
export function listDialect(
  source: Pick<Source, 'dialect'>,
  stream: ConfiguredStream,
  purpose: DialectSettings['purpose'],
): Dialect {
  const { details, readBy } = stream.definition;
  const dialect = source.dialect(dialectSettings(stream, purpose));
  if (!details || purpose === 'backfill' || readBy === 'time') return dialect;
  return { ...dialect, byTime: source.dialect(dialectSettings(stream, 'backfill')) };
}
