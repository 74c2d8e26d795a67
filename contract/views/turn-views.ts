import { COLUMN_TYPES } from '../columns.ts';
import type { FieldPath, StreamName } from '../streams.ts';
import { fieldSql } from './field-sql.ts';
import { select, type ViewDefinition, type ViewExpression } from './view-sql.ts';

/** A view that has one row for each turn of the transcripts of a stream. */
interface Turns {
  readonly view: string;
  /** The view of the stream, from which the lines come. */
  readonly from: string;
  /** Where the array of turns lies in a line. */
  readonly turns: FieldPath;
  /** Columns of what lies in one turn, as expressions over `turn`, `position`, `following` (the next turn) and the columns of `from`. */
  readonly columns: readonly ViewExpression[];
}

const inTurn = (...path: FieldPath) => fieldSql({ path, reads: 'text' }, 'turn');
const numberInTurn = (...path: FieldPath) => fieldSql({ path, reads: 'number' }, 'turn');
const numberInFollowing = (...path: FieldPath) => fieldSql({ path, reads: 'number' }, 'following');
const instantInTurn = (...path: FieldPath) => fieldSql({ path, reads: 'instant' }, 'turn');

const text = (name: string, sql: string, comment: string): ViewExpression => ({
  name,
  sql,
  comment,
  ...COLUMN_TYPES.text,
});
const number = (name: string, sql: string, comment: string): ViewExpression => ({
  name,
  sql,
  comment,
  ...COLUMN_TYPES.number,
});

const position = number('position', 'CAST(position AS double)', 'Place in the transcript, from 1');

/** Seconds from the start of the call, where a turn tells its own instant instead. */
const sinceStart = `CAST(date_diff('millisecond', row_time, ${instantInTurn('timestamp')}) AS double) / 1000`;

const TURNS: Partial<Readonly<Record<StreamName, Turns>>> = {
  'elevenlabs.transcripts': {
    view: 'elevenlabs_turns',
    from: 'elevenlabs_transcripts',
    turns: ['detail', 'transcript'],
    columns: [
      text('conversation_id', 'row_key', 'Id of the conversation; joins to the row_key of elevenlabs_conversations'),
      position,
      text('role', inTurn('role'), 'user or agent'),
      number('start_secs', numberInTurn('time_in_call_secs'), 'Seconds from the start of the call'),
      number(
        'end_secs',
        `coalesce(${numberInFollowing('time_in_call_secs')}, CASE WHEN position = turn_count THEN call_duration_secs END)`,
        'When the next turn begins, or the call ends; seconds from its start',
      ),
      text('text', inTurn('message'), 'What was said; null for a turn that only calls a tool'),
    ],
  },
  'voiceable.transcripts': {
    view: 'voiceable_turns',
    from: 'voiceable_transcripts',
    turns: ['detail', 'transcript'],
    columns: [
      text('conversation_id', 'row_key', 'Id of the conversation; joins to the row_key of voiceable_conversations'),
      position,
      text('role', inTurn('role'), "Voiceable's or ElevenLabs' word: user, assistant or agent"),
      number(
        'start_secs',
        `coalesce(${numberInTurn('time_in_call_secs')}, ${sinceStart})`,
        'Seconds from the start of the call',
      ),
      number(
        'end_secs',
        `coalesce(${numberInFollowing('time_in_call_secs')}, ${sinceStart.replaceAll('turn', 'following')}, CASE WHEN position = turn_count THEN coalesce(call_duration_secs, duration) END)`,
        'When the next turn begins, or the call ends; seconds from its start',
      ),
      text('text', `coalesce(${inTurn('message')}, ${inTurn('content')})`, 'What was said'),
    ],
  },
  'salesloft.transcript_sentences': {
    view: 'salesloft_sentences',
    from: 'salesloft_transcript_sentences',
    turns: ['detail'],
    columns: [
      text('conversation_id', inTurn('conversation', 'id'), 'Id of the conversation; joins to salesloft_conversations'),
      text('transcription_id', 'row_key', 'Id of the transcription; joins to salesloft_transcriptions'),
      position,
      text('speaker', inTurn('recording_attendee_id'), 'Id of an attendee in salesloft_conversation_details'),
      number('start_secs', numberInTurn('start_time'), 'Seconds from the start of the recording'),
      number('end_secs', numberInTurn('end_time'), 'Seconds from the start of the recording'),
      text('text', inTurn('text'), 'What was said'),
    ],
  },
};

/**
 * The view of the turns of a stream's transcripts: joined to other tables by key, since `dt` is the date of the conversation. Undefined
 * for a stream that has none. What is not an array has no turns, and a turn that is not an object shows null: no line fails a query.
 */
export function turnsView(stream: StreamName): ViewDefinition | undefined {
  const turns = TURNS[stream];
  if (!turns) return undefined;
  const own: readonly ViewExpression[] = [
    ...turns.columns,
    text('turn', 'turn', 'The whole turn as the vendor wrote it, JSON'),
    text('tenant', 'tenant', 'Whose conversation it is'),
    text('dt', 'dt', 'UTC date of the conversation, YYYY-MM-DD; null where it tells none. Filter by it'),
  ];
  const list = `try_cast(json_extract("row", '$${turns.turns.map((name) => `["${name}"]`).join('')}') AS array(json))`;
  const lines = `SELECT *, ${list} AS turn_list FROM ${turns.from}`;
  const each = `SELECT lines.*, cardinality(turn_list) AS turn_count, position, nullif(json_format(item), 'null') AS turn,
  json_format(element_at(turn_list, position + 1)) AS following
FROM (${lines}) AS lines
CROSS JOIN UNNEST(turn_list) WITH ORDINALITY AS turns(item, position)`;
  return {
    name: turns.view,
    description: `What was said: a row for each turn of ${turns.from}`,
    sql: select(own, `(\n${each}\n) AS turns`),
    columns: own.map(({ name, trino, hive, comment }) => ({ name, trino, hive, comment })),
  };
}
