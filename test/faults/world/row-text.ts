import { type ListStreamName, listStream, type StreamName } from '../../../contract/streams.ts';
import { isoMs, isoUs } from '../../simulator/rows/instants.ts';

/** What a row shows. */
export interface ShownRow {
  readonly id: string;
  /** Its own time, epoch ms; null while it has none. */
  readonly timeMs: number | null;
  /** Epoch microseconds; counts where the stream has versions. */
  readonly versionUs: number;
  /** How it renders times with an offset, minutes. */
  readonly offsetMinutes: number;
  readonly open: boolean;
  /** Grows with every change of anything in the world. */
  readonly value: number;
  /** Bytes that its text has more than it needs; 0 for a row as it should be. */
  readonly fill: number;
  /** Of a call whose detail is fetched: how many messages it has; null once they are erased. */
  readonly messages?: number | null;
}

/** The smallest row of the stream that has all that the engine reads, filled up where it is to be larger. */
export function rowText(stream: StreamName, row: ShownRow): string {
  const text = smallestText(listStream(stream), row);
  return row.fill > 0 ? `{"fill":"${'x'.repeat(row.fill)}",${text.slice(1)}` : text;
}

function smallestText(stream: ListStreamName, row: ShownRow): string {
  const { id, timeMs, versionUs, offsetMinutes, open, value, messages } = row;
  const status = open ? 'in-progress' : 'done';
  const iso = timeMs === null ? null : isoMs(timeMs);
  const seconds = timeMs === null ? null : timeMs / 1000;
  const call = { status, ...(messages !== undefined && { message_count: messages }), value };
  switch (stream) {
    case 'crescendo.vocconv':
      return JSON.stringify({ ID: id, DatetimeUTC: iso, value });
    case 'crescendo.botconv':
      return JSON.stringify(
        value % 2 === 0 ? { ID: id, DatetimeUTC: iso, value } : { ID: id, Datetime: timeMs, value },
      );
    case 'salesloft.conversations':
    case 'salesloft.transcriptions':
      return JSON.stringify({
        id,
        created_at: timeMs === null ? null : isoUs(timeMs * 1000, offsetMinutes),
        updated_at: isoUs(versionUs, offsetMinutes),
        value,
      });
    case 'voiceable.conversations':
      return JSON.stringify({ conversation_id: id, created_at: iso, ...call });
    case 'elevenlabs.conversations':
      return JSON.stringify({ conversation_id: id, start_time_unix_secs: seconds, ...call });
  }
}
