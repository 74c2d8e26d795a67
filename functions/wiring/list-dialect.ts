import { streamDefinition } from '../../contract/streams.ts';
import type { Dialect, DialectSettings, Source } from '../engine/source.ts';
import { type ConfiguredStream, dialectSettings } from './stream-settings.ts';

/**
 * How the list of a configured stream is read. That of a detail stream is its parent's, whose history is read by the rows' own time, and
 * it says how the details of its rows are fetched.
 */
export function listDialect(
  source: Pick<Source, 'dialect' | 'details'>,
  stream: ConfiguredStream,
  purpose: DialectSettings['purpose'],
): Dialect {
  const settings = dialectSettings(stream, purpose);
  const { details, readBy } = stream.definition;
  if (!details) return source.dialect(settings);
  const ofParent = { ...settings, definition: streamDefinition(details.parent) };
  const byTime = purpose === 'live' && readBy === 'version' && source.dialect({ ...ofParent, purpose: 'backfill' });
  return {
    ...source.dialect(ofParent),
    ...(byTime && { byTime }),
    ...(source.details && { details: source.details(settings) }),
  };
}
