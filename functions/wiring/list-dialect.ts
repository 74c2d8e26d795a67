import type { Dialect, DialectSettings, Source } from '../engine/source.ts';
import { type ConfiguredStream, dialectSettings } from './stream-settings.ts';

/**
 * How the list of a configured stream is read. That of a detail stream is its parent's, whose history is read by the rows' own time, and
 * it says how the details of its rows are fetched.
 * @throws Error for a detail stream whose source does not say so
 */
export function listDialect(
  source: Pick<Source, 'dialect' | 'details'>,
  stream: ConfiguredStream,
  purpose: DialectSettings['purpose'],
): Dialect {
  const settings = dialectSettings(stream, purpose);
  const { details, readBy, stream: name } = stream.definition;
  const dialect = source.dialect(settings);
  if (!details) return dialect;
  if (!source.details) throw new Error(`${name}: its source does not say how details are fetched`);
  const byTime = purpose === 'live' && readBy === 'version' && source.dialect({ ...settings, purpose: 'backfill' });
  return { ...dialect, ...(byTime && { byTime }), details: source.details(settings) };
}
