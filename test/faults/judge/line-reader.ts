import { type StreamName, streamDefinition } from '../../../contract/streams.ts';
import { utcDate } from '../../../functions/engine/rows/instant.ts';
import { sources } from '../../../functions/sources/index.ts';
import { fieldOf, firstInstant, keyIn } from '../../simulator/rows/fields.ts';

/** What the checker reads of lines and pages. */
export interface LineReader {
  keyOf(line: string): string;
  /** The UTC date of the row's own time; undefined while it has none. */
  dateOf(line: string): string | undefined;
  /** Epoch microseconds; 0 where the stream has no versions. */
  versionUsOf(line: string): number;
  /** The rows of a body; none where it was cut on the way or is an error. */
  rowsOf(body: string): readonly unknown[];
  /** True for a page that is sorted by the rows' own time and filtered by nothing else, of a stream that is read by version. */
  isByTime(body: string): boolean;
}

/** Reads one stream's lines by the paths of the catalogue, and not with the engine's reader, which is what is on trial. */
export function lineReader(stream: StreamName): LineReader {
  const definition = streamDefinition(stream);
  const { key, time, version } = definition;
  const { rowsUnder } = sources[definition.source].dialect({ definition, pageSize: 1, purpose: 'live' });
  return {
    keyOf: (line) => keyIn(JSON.parse(line), key) ?? '',
    dateOf(line) {
      const instantUs = firstInstant(JSON.parse(line), time);
      return instantUs === undefined ? undefined : utcDate(instantUs);
    },
    versionUsOf: (line) => (version ? (firstInstant(JSON.parse(line), [version]) ?? 0) : 0),
    rowsOf(body) {
      const page = parsed(body);
      if (Array.isArray(page)) return page;
      return rowsUnder.map((name) => fieldOf(page, [name])).find(Array.isArray) ?? [];
    },
    isByTime(body) {
      const page = parsed(body);
      const filtering = fieldOf(page, ['metadata', 'filtering']);
      const filtered = Object.keys(typeof filtering === 'object' && filtering !== null ? filtering : {});
      return fieldOf(page, ['metadata', 'sorting', 'sort_by']) === time[0]?.join('.') && filtered.length === 1;
    },
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
