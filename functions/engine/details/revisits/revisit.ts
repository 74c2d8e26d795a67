import { isoInstant, parseIsoInstant } from '../../../../contract/instant.ts';
import type { FieldPath, StreamDefinition } from '../../../../contract/streams.ts';
import { ConvlakeError } from '../../errors.ts';
import { parseInstant } from '../../rows/instant.ts';
import { readRowOf } from '../../rows/read-row.ts';
import { scalarText } from '../../rows/row.ts';
import type { LineHead } from '../detail-line.ts';

/**
 * Why an id is asked for again: `open`, because its detail is not final or could not be had; `incomplete`, because a part that comes later
 * was not there; `late`, because the catalogue says that such details change so late.
 */
export type RevisitReason = 'open' | 'incomplete' | 'late';

/** An id that is to be asked for again, whatever the list says. */
export interface Revisit {
  /** What its line begins with. */
  readonly head: LineHead;
  readonly why: RevisitReason;
  /** Not before, epoch ms. */
  readonly due: number;
  /** How often it has been asked for again for this reason. */
  readonly tries: number;
}

const REASONS: ReadonlySet<string> = new Set<RevisitReason>(['open', 'incomplete', 'late']);

/** The text of the key of a head, by which the vendor is asked. */
export function idOf({ key }: Pick<LineHead, 'key'>): string {
  return scalarText(key) ?? '';
}

/** The own time of a head, epoch ms; undefined where it has none. */
export function timeMsOf({ time }: Pick<LineHead, 'time'>): number | undefined {
  const micros = parseInstant(time);
  return micros === undefined ? undefined : Math.floor(micros / 1000);
}

/** Revisits as lines, and back. The first fields are those with which the line of the detail begins, under the same names. */
export interface RevisitLines {
  write(revisit: Revisit): string;
  /** @throws ConvlakeError `object-corrupt` for a line that `write` did not make */
  read(line: Uint8Array): Revisit;
}

/** Of one stream; `path` names the object in errors. */
export function revisitLines({ key: [name = ['id']] }: Pick<StreamDefinition, 'key'>, path: string): RevisitLines {
  const fields: readonly FieldPath[] = [name, ['time'], ['version'], ['listed'], ['why'], ['due'], ['tries']];
  return {
    write({ head: { key, time, version, listed }, why, due, tries }) {
      const tokens = [
        `${JSON.stringify(name[0])}:${key}`,
        ...(time === undefined ? [] : [`"time":${time}`]),
        ...(version === undefined ? [] : [`"version":${version}`]),
      ];
      const own = JSON.stringify({ listed, why, due: isoInstant(due), tries });
      return `{${tokens.join(',')},${own.slice(1)}`;
    },
    read(line) {
      const [key, time, version, ...own] = readRowOf(path, line, fields).tokens;
      const [listed, why = '', due = '', tries = ''] = own.map(scalarText);
      const dueMs = parseIsoInstant(due);
      if (scalarText(key) === undefined || key === undefined || listed === undefined) throw corrupt(path);
      if (!isReason(why) || dueMs === undefined || !/^\d{1,9}$/.test(tries)) throw corrupt(path);
      return { head: { key, time, version, listed }, why, due: dueMs, tries: Number(tries) };
    },
  };
}

function isReason(text: string): text is RevisitReason {
  return REASONS.has(text);
}

function corrupt(path: string): ConvlakeError {
  return new ConvlakeError(
    'object-corrupt',
    'stop-stream',
    `${path} holds a line that does not say what is to be asked for again; put back an earlier version of it, or remove it: then details that are older than the lookback and not final yet are not asked for again`,
  );
}
