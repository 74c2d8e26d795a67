import { type Column, instant, number, text, trueOrFalse } from './column.ts';
import { callColumns } from './elevenlabs.ts';

/**
 * Conversations. The vendor's documentation and its own front end disagree on almost every field, so there are the columns
 * of both; row_key and row_time take the first that a row has.
 */
export const conversations: readonly Column[] = [
  text('conversation_id', 'Id of the conversation, as the documentation has it; see row_key'),
  text('id', 'Id of the conversation, as the front end reads it; see row_key'),
  text('agent_id', 'Id of the agent'),
  text('agent_name', 'Name of the agent'),
  text('status', "Voiceable's or ElevenLabs' word, such as completed or done"),
  text('call_successful', 'success, failure or unknown'),
  instant('created_at', 'Start, UTC; see row_time'),
  instant('start_time_unix_secs', 'Start, UTC; see row_time'),
  text('user_id', 'Id of the caller'),
  text('direction', 'inbound or outbound'),
  trueOrFalse('has_audio', 'Whether a recording exists'),
  text('duration', 'Minutes and seconds, such as 2:05'),
  number('messages', 'Messages in the call'),
  text('date', 'Day as the front end shows it'),
  text('summary', 'Null until the call was analysed'),
  text('transcript', 'JSON array of turns'),
  text('outcome', 'JSON text where it is an object'),
  text('cost', 'JSON object'),
  number(['cost', 'amount_cents'], 'Cents'),
  text('metadata', 'JSON object'),
  instant(['metadata', 'start_time_unix_secs'], 'Start, UTC; see row_time'),
  number(['metadata', 'duration'], 'Seconds, as the documentation has it'),
  text(['metadata', 'call_quality'], 'Such as good'),
  text(['metadata', 'summary'], 'Null until the call was analysed'),
  number(['metadata', 'call_duration_secs'], 'Seconds'),
  number(['metadata', 'credits'], 'Credits spent'),
  ...callColumns,
];
